#!/usr/bin/env bats
# Uploads: with the real rclone to a folder, with a stand-in for ossutil.

setup() {
  load common
  common_setup
  STORE=$BATS_TEST_TMPDIR/store
  REMOTE=$STORE/backups-bucket/postgres/backups
  mkdir -p "$STORE"
  printf '[shelf]\ntype = local\n' >"$BATS_TEST_TMPDIR/rclone.conf"
  setting BACKUP_MODE both
  setting OSS_BUCKET backups-bucket
  setting BACKUP_UPLOAD_RETRY_SECONDS 0
}
teardown() { common_teardown; }

with_rclone() {
  setting RCLONE_CONFIG "$BATS_TEST_TMPDIR/rclone.conf"
  setting RCLONE_REMOTE "shelf:$STORE"
}

# The real rclone, and after each upload something happens to the copy.
damaging_rclone() { # damaging_rclone SHELL_COMMAND: $target is the copy
  real=$(command -v rclone)
  stub rclone <<STUB
#!/bin/bash
"$real" "\$@" || exit
if [[ " \$* " == *" copyto "* ]]; then
  echo x >>"$BATS_TEST_TMPDIR/uploads"
  target=\${!#}; target=\${target#shelf:}
  $1
fi
STUB
}

with_ossutil() {
  setting BACKUP_UPLOAD_TOOL ossutil
  setting OSS_ENDPOINT oss-cn-hangzhou.aliyuncs.com
  setting OSS_ACCESS_KEY_ID LTAI-hunter2-id
  setting OSS_ACCESS_KEY_SECRET hunter2-secret
  stub ossutil <<STUB
#!/bin/bash
printf '%s\n' "\$*" >>"$BATS_TEST_TMPDIR/ossutil.argv"
env >>"$BATS_TEST_TMPDIR/ossutil.env"
while (( \$# )); do
  case \$1 in
    -c) config=\$2; shift ;;
    -f) ;;
    --checkpoint-dir) shift ;;
    *) words+=("\$1") ;;
  esac
  shift
done
stat -c %a "\$config" >"$BATS_TEST_TMPDIR/config-mode"
cp "\$config" "$BATS_TEST_TMPDIR/config-seen"
file() { printf '%s' "$STORE/\${1#oss://}"; }
case \${words[0]} in
  cp) target=\$(file "\${words[2]}"); mkdir -p "\$(dirname "\$target")"; cp "\${words[1]}" "\$target"; ${1:-:} ;;
  stat) target=\$(file "\${words[1]}"); [ -e "\$target" ] || exit 1
    printf 'ACL                  : default\nContent-Length       : %s\nEtag                 : %s\n' \
      "\$(stat -c %s "\$target")" "\$(md5sum <"\$target" | cut -d' ' -f1 | tr a-f A-F)" ;;
  *) exit 2 ;;
esac
STUB
}

@test "rclone brings dump, checksums, globals and report into the bucket, and the report names them" {
  with_rclone
  setting INCLUDE_GLOBALS true
  run -0 backup
  [[ $output == *'the store confirms size and MD5'* ]]
  stem=$(basename "$(dump_file)" .dump)
  for tail in .dump .dump.sha256 _globals.sql _globals.sql.sha256; do cmp "$BASE/data/$stem$tail" "$REMOTE/$stem$tail"; done
  cmp "$(report)" "$REMOTE/$stem.json"
  [ "$(ls "$REMOTE" | wc -l)" -eq 5 ]
  url=oss://backups-bucket/postgres/backups/$stem
  [ "$(field "$(report)" remote.urls | tr -d ' \n')" = "[\"$url.dump\",\"$url.dump.sha256\",\"${url}_globals.sql\",\"${url}_globals.sql.sha256\"]" ]
  [ "$(field "$(report)" mode)" = both ]
  [ "$(field "$(report)" local.file)" = "$(dump_file)" ]
}

@test "in mode oss the local files go, and size and checksum stay in the report" {
  with_rclone
  setting BACKUP_MODE oss
  run -0 backup
  run ! compgen -G "$BASE/data/*"
  copy=$(only "$REMOTE"/*.dump)
  (cd "$REMOTE" && sha256sum -c --status -- *.sha256)
  [ -z "$(field "$(report)" local.file)" ]
  [ "$(field "$(report)" local.sizeBytes)" -eq "$(stat -c %s "$copy")" ]
  [ "$(field "$(report)" local.checksumSha256)" = "$(sha256sum <"$copy" | cut -d' ' -f1)" ]
  cmp "$(report)" "$REMOTE/$(basename "$(report)")"
}

@test "a truncated copy is noticed: exit 4, FAILED, and the local copy stays" {
  with_rclone
  setting BACKUP_MODE oss
  setting BACKUP_UPLOAD_ATTEMPTS 2
  damaging_rclone 'truncate -s -1 "$target"'
  run -4 backup
  [ "$(wc -l <"$BATS_TEST_TMPDIR/uploads")" -eq 2 ]
  [[ $(field "$(report)" errorMessage) == UPLOAD_FAILED:*'after 2 attempts; the local copy is good'*'the store holds'* ]]
  [ "$(field "$(report)" status)" = FAILED ]
  [ "$(field "$(report)" local.file)" = "$(dump_file)" ]
  [ "$(field "$(report)" remote.urls)" = '[]' ]
  (cd "$BASE/data" && sha256sum -c --status -- *.sha256)
}

@test "a copy of the right size with a flipped byte is noticed by its hash" {
  with_rclone
  setting BACKUP_UPLOAD_ATTEMPTS 1
  damaging_rclone 'printf "\\377" | dd of="$target" bs=1 seek=50 conv=notrunc status=none'
  run -4 backup
  [[ $(field "$(report)" errorMessage) == *"the store's MD5 is"* ]]
}

@test "BACKUP_UPLOAD_VERIFY=download reads the copy back, and notices the flipped byte without the store's hash" {
  with_rclone
  setting BACKUP_UPLOAD_VERIFY download
  run -0 backup
  [[ $output == *'read back and has the same SHA-256'* ]]
  setting BACKUP_UPLOAD_ATTEMPTS 1
  damaging_rclone 'printf "\\377" | dd of="$target" bs=1 seek=50 conv=notrunc status=none'
  run -4 backup
  [[ $(field "$(newest_report)" errorMessage) == *'gives back has the SHA-256'* ]]
}

@test "an upload that fails at first succeeds at the second attempt" {
  with_rclone
  damaging_rclone '[ "$(wc -l <"'"$BATS_TEST_TMPDIR"'/uploads")" -gt 1 ] || truncate -s 10 "$target"'
  run -0 backup
  cmp "$(dump_file)" "$(only "$REMOTE"/*.dump)"
  [ "$(field "$(report)" status)" = SUCCESS ]
}

@test "when only the report can't be uploaded the run fails and keeps the local files, even in mode oss" {
  with_rclone
  setting BACKUP_MODE oss
  setting BACKUP_UPLOAD_ATTEMPTS 1
  damaging_rclone '[[ $target != *.json ]] || rm "$target"'
  run -4 backup
  [ "$(field "$(report)" local.file)" = "$(dump_file)" ]
  [ "$(field "$(report)" status)" = FAILED ]
}

@test "rclone with nothing but OSS_ settings gets its keys by a private file" {
  setting OSS_ENDPOINT oss-cn-hangzhou.aliyuncs.com
  setting OSS_ACCESS_KEY_ID LTAI-id
  setting OSS_ACCESS_KEY_SECRET hunter2-secret
  setting BACKUP_UPLOAD_ATTEMPTS 1
  stub rclone <<STUB
#!/bin/bash
printf '%s\n' "\$*" >>"$BATS_TEST_TMPDIR/rclone.seen"
env >>"$BATS_TEST_TMPDIR/rclone.seen"
stat -c %a "\$2" >"$BATS_TEST_TMPDIR/config-mode"
cp "\$2" "$BATS_TEST_TMPDIR/config-seen"
echo 'the key hunter2-secret is not known' >&2
exit 1
STUB
  run -4 backup
  [ "$(<"$BATS_TEST_TMPDIR/config-mode")" = 600 ]
  grep -q '^secret_access_key = hunter2-secret$' "$BATS_TEST_TMPDIR/config-seen"
  run ! grep -rq hunter2 "$BATS_TEST_TMPDIR/rclone.seen" "$BASE" "$LOGS"
  [[ $(field "$(report)" errorMessage) == *'the key *** is not known' ]]
}

@test "options for rclone pass through as RCLONE_ settings" {
  setting RCLONE_CONFIG_SHELF2_TYPE local
  setting RCLONE_REMOTE "shelf2:$STORE"
  run -0 backup
  cmp "$(dump_file)" "$(only "$REMOTE"/*.dump)"
}

@test "ossutil uploads, its copy is confirmed, and no key is in an argument or its environment" {
  with_ossutil
  OSS_ACCESS_KEY_SECRET=hunter2-secret run -0 backup
  [[ $output == *'the store confirms size and MD5'* ]]
  cmp "$(dump_file)" "$(only "$REMOTE"/*.dump)"
  cmp "$(report)" "$REMOTE/$(basename "$(report)")"
  [ "$(<"$BATS_TEST_TMPDIR/config-mode")" = 600 ]
  grep -q '^accessKeySecret=hunter2-secret$' "$BATS_TEST_TMPDIR/config-seen"
  grep -q '^region=cn-hangzhou$' "$BATS_TEST_TMPDIR/config-seen"
  grep -q '^cp .*oss://backups-bucket/postgres/backups/chinook_' "$BATS_TEST_TMPDIR/ossutil.argv"
  run ! grep -rq -e hunter2 -e s3cret "$BATS_TEST_TMPDIR/ossutil.argv" "$BATS_TEST_TMPDIR/ossutil.env" "$BASE" "$LOGS"
  run ! has_leftovers
}

@test "a copy that ossutil damaged is noticed" {
  with_ossutil 'printf "\\377" | dd of="$target" bs=1 seek=50 conv=notrunc status=none'
  setting BACKUP_UPLOAD_ATTEMPTS 1
  run -4 backup
  [[ $(field "$(report)" errorMessage) == UPLOAD_FAILED:*"the store's MD5 is"* ]]
  [ -e "$(dump_file)" ]
}

@test "a time limit that strikes during the upload keeps the local copy and says so" {
  with_rclone
  setting BACKUP_TIMEOUT_SECONDS 5
  stub rclone <<<$'#!/bin/sh\nexec sleep 60'
  run -4 backup
  [[ $(field "$(report)" errorMessage) == TIME_LIMIT:*'the local copy is good' ]]
  [ "$(field "$(report)" local.file)" = "$(dump_file)" ]
}
