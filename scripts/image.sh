#!/usr/bin/env bash
# Builds the image of the Dockerfile without a container engine, as root on Debian: npm run image
# Needs the Debian packages buildah and mmdebstrap. The base, node:24-bookworm-slim elsewhere, is put together from Debian's packages,
# the pinned Node and the npm of this machine, which the build asks for packages as this machine does.
# IMAGE_STORAGE: where images lie; default node_modules/.cache/switchyard/images (some GB while it builds).
set -euo pipefail
cd "$(dirname "$0")/.."
storage=${IMAGE_STORAGE:-$PWD/node_modules/.cache/switchyard/images}
base=docker.io/library/node:24-bookworm-slim
certificates=/etc/ssl/certs/ca-certificates.crt
export BUILDAH_ISOLATION=chroot

for tool in buildah mmdebstrap; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: apt-get install buildah mmdebstrap" >&2; exit 69; }
done
mkdir -p "$storage"
images() { buildah --root "$storage/root" --runroot "$storage/run" "$@"; }

make_base() {
  local system=$storage/debian.tar container npm
  npm=$(realpath "$(command -v npm)")
  # Without documentation and translations, as the slim image is.
  mmdebstrap --quiet --variant=minbase --include=ca-certificates \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook='echo "DPkg::Post-Invoke { \"rm -f /var/cache/apt/*.bin /var/cache/apt/archives/*.deb || true\"; };" > "$1/etc/apt/apt.conf.d/clean"' \
    bookworm "$system" \
    $(find /etc/apt -name debian.sources)
  container=$(images from scratch)
  images add --quiet "$container" "$system" / >/dev/null
  images copy --quiet "$container" node_modules/node/bin/node /usr/local/bin/node >/dev/null
  images copy --quiet "$container" "${npm%/bin/npm-cli.js}" /usr/local/lib/node_modules/npm >/dev/null
  images copy --quiet "$container" "$certificates" "$certificates" >/dev/null
  images run "$container" -- sh -c \
    'ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && useradd --uid 1000 --create-home --shell /bin/bash node'
  images config --env "NODE_EXTRA_CA_CERTS=$certificates" \
    --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
  images commit --quiet --rm "$container" "$base" >/dev/null
  rm "$system"
}

images inspect --type image "$base" >/dev/null 2>&1 || make_base
images bud --pull-never --tag switchyard .
container=$(images from --pull-never switchyard)
trap 'images rm "$container" >/dev/null' EXIT
echo "switchyard: $(du --summarize --apparent-size --block-size=1000000 "$(images mount "$container")" | cut --fields=1) MB, in $storage"
