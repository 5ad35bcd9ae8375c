#!/bin/sh
echo '{"web": {"hosts": ["web03"], "vars": {"jc_tgc": 1}}, "_meta": {"hostvars": {}}}'
