#!/bin/sh
[ "$1" = --list ] || exit 9
echo "talk on standard error is no harm" >&2
cat <<'JSON'
{
  "_meta": {
    "hostvars": {
      "web01": {"ansible_host": "192.0.2.1", "n": 5, "f": 1e3, "t": "5"},
      "db01": {"who": "host", "unsafe": {"__ansible_unsafe": "{{ x }}"}},
      "nobody": {"x": 1}
    }
  },
  "web": ["web01", "web02"],
  "db": {"hosts": ["db01"], "vars": {"who": "group", "ansible_group_priority": 3}, "children": ["replicas", "unknown"]},
  "replicas": {"hosts": ["db02", "web02"], "comment": "other keys are passed over"},
  "all": {"vars": {"everywhere": true}, "children": ["web", "db"]},
  "ungrouped": {"hosts": ["alone"]},
  "empty": {"hosts": []}
}
JSON
