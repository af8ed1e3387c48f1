#!/bin/sh
# Executes what machine.mjs sends: lines "NUMBER SCRIPT", the script in base64; answers "NUMBER STATUS OUTPUT", likewise.
stty raw -echo
echo "0 0 "
while read -r number script; do
  output=$(echo "$script" | base64 -d | sh 2>&1)
  echo "$number $? $(echo "$output" | base64 -w 0)"
done
