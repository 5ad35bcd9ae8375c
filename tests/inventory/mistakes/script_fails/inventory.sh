#!/bin/sh
echo "Traceback" >&2
echo "KeyError: no token" >&2
exit 3
