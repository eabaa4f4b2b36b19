#!/bin/sh
# Makes the namespace and the search attributes that jobs carry. Run by docker-compose.yml; may run again.
set -eu
temporal operator namespace describe --namespace default >/dev/null 2>&1 ||
  temporal operator namespace create --namespace default --retention 7d
for name in SwitchyardQueue SwitchyardName SwitchyardErrorCode; do
  temporal operator search-attribute create --namespace default --name "$name" --type Keyword
done
