#!/bin/sh
# Makes the namespace and the search attributes that jobs carry. Run by docker-compose.yml; may run again.
set -eu
namespace=${TEMPORAL_NAMESPACE:-default}

# A server that has just come up refuses for some seconds, and knows a new namespace only after some more.
within_a_minute() {
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || return 1
    sleep 1
  done
}

make_namespace() {
  temporal operator namespace describe --namespace "$namespace" >/dev/null 2>&1 ||
    temporal operator namespace create --namespace "$namespace" --retention 7d
}

make_search_attributes() {
  for name in SwitchyardQueue SwitchyardName SwitchyardDatabase SwitchyardErrorCode; do
    temporal operator search-attribute create --namespace "$namespace" --name "$name" --type Keyword || return 1
  done
}

within_a_minute make_namespace
within_a_minute make_search_attributes
