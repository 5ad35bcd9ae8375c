#!/bin/sh
cat <<'JSON'
{
  "web": {"hosts": ["web01", "web[02:03]", 5, "we b"], "vars": {"jc_platform": "linux", "ansible_password": "hunter2"}},
  "db": {"hots": ["db01"], "vars": {}},
  "site": {"children": "web"},
  "old": {"ansible_host": "192.0.2.1"},
  "text": "web01",
  "a:b": ["x"],
  "list": {"hosts": "web01"},
  "_meta": {"hostvars": {"web01": {"jc_tga": 1, "ansible_port": 70000, "ansible_become_pass": "hunter3"}, "web09": []}}
}
JSON
