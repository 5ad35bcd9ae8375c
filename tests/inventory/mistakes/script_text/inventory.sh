#!/bin/sh
echo "WARNING: old"
echo "{}"
