#!/usr/bin/env bash
# A MariaDB server of its own for the walk-through: in a folder below .sluicegate, on the loopback interface, without root.
#
#   database.sh start     # starts it, with the orders of walkthrough.sql the first time, and prints its address
#   database.sh client    # the server's own client, for SQL
#   database.sh url       # its address
#   database.sh stop      # stops it; its data stay
#   database.sh remove    # stops it and removes its data
#
# DATABASE_DIR is another folder, DATABASE_PORT another port than the first free one from 33060 on, DATABASE_OPTIONS more
# options of the server.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${DATABASE_DIR:-$here/../../../.sluicegate/database}
user=sluicegate
# Worth nothing anywhere else: the server listens on the loopback interface only.
password=walkthrough

fail() { echo "database.sh: $*" >&2; exit 1; }

program() {
  local name
  for name in "$@"; do
    # Debian puts servers where only root looks.
    PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$name" && return
  done
  fail "there is no $1: install MariaDB (Debian, Ubuntu: mariadb-server; Fedora: mariadb-server; Homebrew: mariadb)"
}

is_running() { [[ -s $folder/pid ]] && kill -0 "$(< "$folder/pid")" 2> /dev/null; }
port() { cat "$folder/port"; }
url() { echo "mysql://$user:$password@127.0.0.1:$(port)"; }
sql() {
  "$(program mariadb mysql)" --no-defaults --host=127.0.0.1 --port="$(port)" --user="$user" --password="$password" \
    --default-character-set=utf8mb4 --connect-timeout=5 "$@"
}

is_taken() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }
free_port() {
  local port
  for port in {33060..33160}; do is_taken "$port" || { echo "$port"; return; }; done
  fail "none of the ports 33060 to 33160 is free"
}

install() {
  rm -rf "$folder/data"
  "$(program mariadb-install-db)" --no-defaults --datadir="$folder/data" --tmpdir="$folder/tmp" --user="$(id -un)" \
    --skip-test-db --auth-root-authentication-method=normal > "$folder/install.log" 2>&1 ||
    fail "mariadb-install-db: $(grep -m 3 ERROR "$folder/install.log") (see $folder/install.log)"
  # Read by the server as it starts for the first time.
  cat > "$folder/first.sql" << SQL
CREATE USER '$user'@'127.0.0.1' IDENTIFIED BY '$password';
CREATE USER '$user'@'localhost' IDENTIFIED BY '$password';
GRANT ALL ON orders.* TO '$user'@'127.0.0.1';
GRANT ALL ON orders.* TO '$user'@'localhost';
GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO '$user'@'127.0.0.1';
GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO '$user'@'localhost';
ALTER USER 'root'@'localhost' ACCOUNT LOCK;
SQL
}

start() {
  is_running && { url; return; }
  local server first=() waited=0
  server=$(program mariadbd mysqld)
  if [[ ! -e $folder/loaded ]]; then
    install
    first=(--init-file="$folder/first.sql")
  fi
  echo "${DATABASE_PORT:-$(free_port)}" > "$folder/port"
  # A relative socket is one in the data's folder: the path of a socket has to be short.
  # shellcheck disable=SC2086 # several options
  nohup "$server" --no-defaults --datadir="$folder/data" --tmpdir="$folder/tmp" --user="$(id -un)" --bind-address=127.0.0.1 \
    --port="$(port)" --socket=socket --pid-file="$folder/pid" --log-bin=binlog --binlog-format=ROW \
    --server-id=1 --skip-name-resolve ${first[@]+"${first[@]}"} ${DATABASE_OPTIONS:-} \
    > "$folder/server.log" 2>&1 < /dev/null &
  until sql --execute="SELECT 1" > /dev/null 2>&1; do
    ((waited += 1)) && ((waited > 300)) && fail "the server does not start: $(tail -n 5 "$folder/server.log")"
    kill -0 $! 2> /dev/null || fail "the server has stopped: $(tail -n 5 "$folder/server.log")"
    sleep 0.1
  done
  if [[ ! -e $folder/loaded ]]; then
    sql < "$here/walkthrough.sql"
    touch "$folder/loaded"
  fi
  url
}

stop() {
  is_running || return 0
  local id
  id=$(< "$folder/pid")
  kill "$id"
  while kill -0 "$id" 2> /dev/null; do sleep 0.1; done
}

case "${1:-}" in
  start) mkdir -p "$folder/tmp"; folder=$(cd "$folder" && pwd); start ;;
  client) is_running || fail "it does not run: database.sh start"; shift; sql orders "$@" ;;
  url) is_running || fail "it does not run: database.sh start"; url ;;
  stop) stop ;;
  remove) stop; rm -rf "$folder" ;;
  *) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
