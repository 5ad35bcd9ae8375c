# Which Jump Client is on this computer? Answers none, this site, other site or unknown.
$wanted = {{ display_name }}
$begin = $wanted.Substring(0, $wanted.IndexOf('['))
$entries = 'SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall'
$answer = 'none'
if (Get-Process -Name 'bomgar-pec', 'bomgar-scc', 'sra-pin', 'sra-scc' -ErrorAction SilentlyContinue) { $answer = 'unknown' }
if (Get-Service -Name 'bomgar-ps-*', 'bomgar-pec-*', 'sra-pin-*', 'sra-scc-*' -ErrorAction SilentlyContinue) { $answer = 'unknown' }
foreach ($view in 'Registry64', 'Registry32') {
    $key = [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', $view).OpenSubKey($entries)
    if ($null -eq $key) { continue }
    foreach ($name in $key.GetSubKeyNames()) {
        $shown = [string] $key.OpenSubKey($name).GetValue('DisplayName')
        if ($shown -eq $wanted) { $answer = 'this site' }
        elseif ($answer -ne 'this site' -and $shown.StartsWith($begin)) { $answer = 'other site' }
    }
}
Write-Output $answer
