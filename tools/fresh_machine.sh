#!/usr/bin/env bash
# A Debian 12 machine with nothing on it but git and make, in a folder (debootstrap, chroot; needs root and the network), and in it
# the README's two commands on a clean clone of HEAD. Records demo_setup_s, demo_built_s and test_minutes in docs/figures.json.
#
#   tools/fresh_machine.sh [DIR]     DIR is made and removed again; default: a temporary folder
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
dir=${1:-$(mktemp -d /var/tmp/brushwatch-fresh.XXXXXX)}
case $dir in /*) ;; *) dir=$PWD/$dir ;; esac
[[ $(id -u) -eq 0 ]] || { echo "fresh_machine: chroot needs root: run it with sudo" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "fresh_machine: debootstrap is missing: apt-get install debootstrap" >&2; exit 69; }
[[ ! -e $dir/debian ]] || { echo "fresh_machine: $dir/debian is there already: remove it or name another folder" >&2; exit 2; }

target=$dir/debian
cleanup() {
  for at in dev/pts dev/shm dev proc sys; do mountpoint -q "$target/$at" && umount "$target/$at"; done
  rm -rf --one-file-system "$target"
  rmdir "$dir" 2>/dev/null || true
}
trap cleanup EXIT
mkdir -p "$dir"
echo "fresh_machine: Debian 12 into $target"
debootstrap --variant=minbase --include=git,make,ca-certificates bookworm "$target" > "$dir/debootstrap.log" 2>&1 || { tail -20 "$dir/debootstrap.log" >&2; exit 1; }
rm -f "$dir/debootstrap.log"
mount -t proc proc "$target/proc"
mount -t sysfs sys "$target/sys"
mount --bind /dev "$target/dev"
mount -t tmpfs shm "$target/dev/shm"
cp /etc/resolv.conf "$target/etc/resolv.conf"
# What the surroundings need to reach the registries (proxies, certificates) belongs to the machine, not to the project.
cp -a /etc/ssl/certs/. "$target/etc/ssl/certs/" 2>/dev/null || true
[[ ! -d $HOME/.m2 || ! -f $HOME/.m2/settings.xml ]] || { mkdir -p "$target/root/.m2"; cp "$HOME/.m2/settings.xml" "$target/root/.m2/"; }
[[ ! -d /usr/local/share/ca-certificates ]] || cp -a /usr/local/share/ca-certificates/. "$target/usr/local/share/ca-certificates/"
git clone -q "$root" "$target/root/brushwatch"

inside() { chroot "$target" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 ${http_proxy:+http_proxy=$http_proxy} ${https_proxy:+https_proxy=$https_proxy} \
  sh -c "cd /root/brushwatch && $1" < /dev/null; }
seconds() {  # runs $1 inside, its output to stderr; prints how long it took
  local started ended
  started=$(date +%s.%N)
  inside "$1" >&2
  ended=$(date +%s.%N)
  echo "$started $ended" | awk '{ printf "%.1f", $2 - $1 }'
}
command="tools/fresh_machine.sh"
first=$(seconds "make demo")
tools/figures.py record --id demo_setup_s --value "$first" --unit s --floor 600 --goal 300 --command "$command" --what "make demo on a machine that has only git and make"
again=$(seconds "make demo")
tools/figures.py record --id demo_built_s --value "$again" --unit s --floor 60 --goal 20 --command "$command" --what "make demo once built"
tests=$(seconds "sh .ci/run" | awk '{ printf "%.2f", $1 / 60 }')
tools/figures.py record --id test_minutes --value "$tests" --unit min --floor 25 --goal 10 --command "$command" --what "make test after make demo, real broker included"
