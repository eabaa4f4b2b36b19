#!/usr/bin/env bash
# Builds both images of the Dockerfile without a container engine, as root on Debian: npm run image -- [--try]
# --try runs every role from them afterwards, as scripts/image/try.ts says; it needs the Debian package runc as well.
# It prints the size of each, writes what each holds as CycloneDX beside it, and fails when one is larger than its limit or holds a package
# under a licence that scripts/image/licences.ts does not allow.
# Needs the Debian packages buildah and mmdebstrap. The bases, debian:bookworm-slim and node:24-bookworm-slim elsewhere, are put together from
# Debian's packages, the pinned Node and the npm of this machine, which the build asks for packages as this machine does.
# IMAGE_STORAGE: where images and the layers of their stages lie; default node_modules/.cache/switchyard/images (some 5 GB). A layer is made
# again when what it is made of changes; remove the folder for newer packages of Debian.
set -euo pipefail
cd "$(dirname "$0")/../.."
storage=${IMAGE_STORAGE:-$PWD/node_modules/.cache/switchyard/images}
debian=docker.io/library/debian:bookworm-slim
base=docker.io/library/node:24-bookworm-slim
certificates=/etc/ssl/certs/ca-certificates.crt
export BUILDAH_ISOLATION=chroot
# In millions of bytes of files, unpacked.
starter_limit=200
full_limit=450

tools=(buildah mmdebstrap)
case "${1:-}" in
  "") ;;
  --try) tools+=(runc) ;;
  *) echo "usage: npm run image -- [--try]" >&2; exit 64 ;;
esac
for tool in "${tools[@]}"; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: apt-get install ${tools[*]}" >&2; exit 69; }
done
mkdir -p "$storage"
images() { buildah --root "$storage/root" --runroot "$storage/run" "$@"; }
exists() { images inspect --type image "$1" >/dev/null 2>&1; }

# Without documentation and translations, but with the licences, as the slim image is.
make_debian() {
  local system=$storage/debian.tar container
  mmdebstrap --quiet --variant=minbase --include=ca-certificates \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook='echo "DPkg::Post-Invoke { \"rm -f /var/cache/apt/*.bin /var/cache/apt/archives/*.deb || true\"; };" > "$1/etc/apt/apt.conf.d/clean"' \
    bookworm "$system" \
    $(find /etc/apt -name debian.sources)
  container=$(images from scratch)
  images add --quiet "$container" "$system" / >/dev/null
  images copy --quiet "$container" "$certificates" "$certificates" >/dev/null
  images config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
  images commit --quiet --rm "$container" "$debian" >/dev/null
  rm "$system"
}

make_node() {
  local container npm
  npm=$(realpath "$(command -v npm)")
  container=$(images from --pull-never "$debian")
  images copy --quiet "$container" node_modules/node/bin/node /usr/local/bin/node >/dev/null
  images copy --quiet "$container" "${npm%/bin/npm-cli.js}" /usr/local/lib/node_modules/npm >/dev/null
  images run "$container" -- ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
  images config --env "NODE_EXTRA_CA_CERTS=$certificates" "$container"
  images commit --quiet --rm "$container" "$base" >/dev/null
}

# What it holds, its size, and whether that is below the limit.
examine() {
  local name=$1 limit=$2 container folder size
  container=$(images from --pull-never "$name")
  folder=$(images mount "$container")
  size=$(du --summarize --apparent-size --block-size=1000000 "$folder" | cut --fields=1)
  node scripts/image/contents.ts "$folder" "$storage/${name/:/-}.cdx.json" || failed=1
  images rm "$container" >/dev/null
  echo "$name: $size MB, of $limit MB at most, in $storage"
  [ "$size" -le "$limit" ] || { echo "$name is larger than $limit MB" >&2; failed=1; }
}

exists "$debian" || make_debian
exists "$base" || make_node
images bud --pull-never --layers --tag switchyard:starter --target starter .
images bud --pull-never --layers --tag switchyard:latest .
failed=0
examine switchyard:starter "$starter_limit"
examine switchyard:latest "$full_limit"
[ "${1:-}" != --try ] || node --disable-warning=ExperimentalWarning scripts/image/try.ts "$storage" || failed=1
exit "$failed"
