//! Tables as endpoint tools export them.

use super::*;

fn columns(variables: &[(&str, &str)], groups: &[&str]) -> Columns {
    let variables = variables.iter().map(|(name, column)| ((*name).to_owned(), (*column).to_owned()));
    Columns {
        host: Some("Device name".into()),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        variables: Some(variables.collect()),
        delimiter: None,
    }
}

fn table(text: &str, columns: Columns) -> Result<Inventory, Mistakes> {
    let manner = Manner { columns, ..Manner::default() };
    inventory::read_with(vec![source("fleet.csv", Role::Inventory, text)], &manner)
}

const INTUNE: &str = "Device name,Managed by,OS,OS version,Site,IP address,Notes\r\n\
    PC-0042,Intune,Windows,10.0.19045,Köln (West),192.0.2.42,\"quoted, with \"\"all\"\"\"\r\n\
    PC-0043,Intune,Windows,10.0.19045,10th floor,,=1+1\r\n\
    MAC-7,Jamf,macOS,14.5,,192.0.2.44,{{ not a template }}\r\n";

#[test]
fn columns_become_groups_and_variables_as_the_settings_say() {
    let mapping = columns(
        &[("ansible_host", "ip ADDRESS"), ("jc_comments", "Notes"), ("version", "OS version")],
        &["Site", "OS"],
    );
    let inventory = table(INTUNE, mapping).unwrap();
    let mut out = Vec::new();
    inventory.write_text(&all(&inventory), &mut out).unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "PC-0042  (fleet.csv:2)\n  in Köln__West_, Windows\n  \
           ansible_host  192.0.2.42          fleet.csv:2\n  \
           jc_comments   quoted, with \"all\"  fleet.csv:2\n  \
           version       10.0.19045          fleet.csv:2\n\n\
         PC-0043  (fleet.csv:3)\n  in Windows, _10th_floor\n  \
           jc_comments  =1+1        fleet.csv:3\n  \
           version      10.0.19045  fleet.csv:3\n\n\
         MAC-7  (fleet.csv:4)\n  in macOS\n  \
           ansible_host  192.0.2.44            fleet.csv:4\n  \
           jc_comments   {{ not a template }}  fleet.csv:4\n  \
           version       14.5                  fleet.csv:4\n"
    );
}

#[test]
fn without_a_mapping_headers_that_may_be_variables_are() {
    let text = "Hostname;jc_platform;jc_max_offline_minutes;jc_ephemeral;ansible_become;ansible_port;Serial No.\n\
                pc1;linux_service;30;;TRUE;2222;X1\npc2;windows_msi;;yes;false;;X2\n";
    let inventory = table(text, Columns::default()).unwrap();
    let hosts = inventory.resolve(&all(&inventory), None).unwrap();
    assert_eq!((hosts[0].access.port, hosts[0].access.elevate, hosts[1].access.port), (2222, true, 22));
    assert_eq!(hosts[0].parameters.get(&Parameter::MaxOfflineMinutes).map(AsRef::as_ref), Some("30"));
    assert!(hosts[1].parameters.contains_key(&Parameter::Ephemeral));
    assert!(
        inventory
            .variables(inventory.find("pc1").unwrap())
            .iter()
            .all(|variable| !variable.name.contains("Serial"))
    );
}

#[test]
fn columns_that_the_settings_name_and_the_table_lacks_are_said_at_its_header() {
    let wrong = |text: &str, columns| table(text, columns).unwrap_err().to_string();
    let lacks = wrong(INTUNE, columns(&[("ansible_host", "IP adress"), ("x", "Nobody")], &["Sites"]));
    for said in [
        "fleet.csv:1:1: there is no column `IP adress`, which the settings name",
        "did you mean `IP address`?",
        "the columns are: Device name, Managed by, OS, OS version, Site, IP address, Notes",
        "did you mean `Site`?",
    ] {
        assert!(lacks.contains(said), "{said}:\n{lacks}");
    }
    let twice = wrong("Device name,Site,Site\npc1,a,b\n", columns(&[], &["Site"]));
    assert!(twice.starts_with("fleet.csv:1:18: column `Site` is here a second time"), "{twice}");
    assert!(
        table("Device name,Notes,Notes\npc1,a,b\n", columns(&[], &[])).is_ok(),
        "nobody asks for the notes"
    );
}

#[test]
fn a_table_of_bytes_is_decoded_where_it_is_read() {
    let at = tempfile::tempdir().unwrap();
    let path = at.path().join("Fleet.CSV");
    let text = "host;ort\r\npc1;Köln\r\n";
    let utf_16: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let windows: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    for (bytes, encoding) in
        [(utf_16, None), (windows, Some("windows-1252")), (text.as_bytes().to_vec(), None)]
    {
        std::fs::write(&path, &bytes).unwrap();
        let found = store::find_inventory(&[path.display().to_string()]).unwrap();
        let files = store::read_inventory(found, Duration::from_secs(5), encoding).unwrap();
        assert_eq!(files[0].sha256, store::digest(&path).unwrap().sha256, "plans compare the file as it is");
        let inventory = inventory::read(files.into_iter().filter_map(|file| file.source).collect()).unwrap();
        let listed = inventory.variables(inventory.find("pc1").unwrap());
        assert_eq!(listed[0].value, Value::Text("Köln".into()));
    }
}

#[test]
fn a_large_table_is_read_quickly_and_any_text_without_panic() {
    let mut text = String::from("host,jc_platform,jc_tag,site\n");
    for number in 0..50_000 {
        text.push_str(&format!("pc{number},linux_service,\"rack, {}\",s{}\n", number % 40, number % 100));
    }
    let begun = std::time::Instant::now();
    let inventory = table(&text, Columns { groups: vec!["site".into()], ..Columns::default() }).unwrap();
    assert_eq!((inventory.hosts().len(), inventory.groups().len()), (50_000, 102));
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

proptest::proptest! {
    #[test]
    fn no_table_makes_it_panic(text in "[a-d\"\\n\\r,;\t|é={}]{0,120}") {
        let _ = table(&format!("host,{text}"), Columns::default()).map_err(|wrong| wrong.to_string());
        let _ = table(&text, Columns::default()).map_err(|wrong| wrong.to_string());
    }
}
