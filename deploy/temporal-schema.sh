#!/bin/sh
# Makes and updates the two databases of the Temporal server. Run by docker-compose.yml before the server; may run again.
set -eu
tool() {
  temporal-sql-tool --plugin postgres12 --ep "$POSTGRES_SEEDS" -p "$DB_PORT" -u "$POSTGRES_USER" --db "$1" "$2" ${3:+"$3" "$4"}
}
for database in temporal temporal_visibility; do
  case $database in
    temporal) folder=temporal ;;
    *) folder=visibility ;;
  esac
  tool "$database" create
  # Refused when the schema is there already, which is well.
  tool "$database" setup-schema -v 0.0 || true
  tool "$database" update-schema -d "/etc/temporal/schema/postgresql/v12/$folder/versioned"
done
