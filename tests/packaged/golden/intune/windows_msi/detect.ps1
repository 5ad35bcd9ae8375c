# Is the Jump Client of pra.example.org on this computer? Prints one line and ends with 0 if so, and else prints nothing.
$wanted = 'BeyondTrust Privileged Remote Access Jump Client [pra.example.org]'
$product = 'bomgar-pec'
$least = [version] '0.0'
$folder = ([string]::new([char[]](0x43, 0x3a, 0x5c, 0x42, 0xfc, 0x72, 0x6f, 0x5c, 0x53, 0x75, 0x70, 0x70, 0x6f, 0x72, 0x74, 0x20, 0x43, 0x6c, 0x69, 0x65, 0x6e, 0x74)))
$entries = 'SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall'

# The entry in the registry: both views, for a 32-bit package registers in the other one.
$version = $null
foreach ($view in 'Registry64', 'Registry32') {
    $root = [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', $view)
    $key = $root.OpenSubKey($entries)
    if ($null -eq $key) { continue }
    foreach ($name in $key.GetSubKeyNames()) {
        $entry = $key.OpenSubKey($name)
        if ($null -eq $entry -or $entry.GetValue('DisplayName') -ne $wanted) { continue }
        $version = [version] '0.0'
        # What cannot be understood would be nothing afterwards.
        $parsed = $null
        if ([version]::TryParse([string] $entry.GetValue('DisplayVersion'), [ref] $parsed)) { $version = $parsed }
    }
}
if ($null -eq $version) { exit 0 }

# A version that nobody registered is no reason to install a second client.
if ($version -gt [version] '0.0' -and $version -lt $least) { exit 0 }

# The program itself: where the package was told to put it, or where the vendor's installers do, for a client that was
# there before is one too. Both products of a generation use both names.
$family = $product.Split('-')[0]
$files = @(Get-ChildItem -Path (Join-Path $env:ProgramData "$family-*\$family-*.exe") -ErrorAction SilentlyContinue)
if ($folder) { $files += @(Get-ChildItem -LiteralPath $folder -Filter "$family-*.exe" -ErrorAction SilentlyContinue) }
if ($files.Count -eq 0) { exit 0 }
Write-Output "$wanted $version"
exit 0
