# shellcheck shell=bash disable=SC2154
# Apache Kafka as one process (KRaft, broker and controller in one), from the jars that Maven fetches.
# Sourced by scripts/services, which sets `dir` and `scripts` (hence no warning about names not assigned here).

kafka_version=4.1.0
kafka_jars=${XDG_CACHE_HOME:-$HOME/.cache}/audiohm-ingest/kafka-$kafka_version

# The jars go into a directory of their own first and are renamed when complete, so that an interrupted download
# leaves nothing half done and two at once do no harm.
kafka_install() {
  [[ ! -e $kafka_jars/kafka_2.13-$kafka_version.jar ]] || return 0
  local parent=${kafka_jars%/*} fetched log try
  mkdir -p "$parent"
  fetched=$(mktemp -d "$parent/fetching.XXXXXX")
  log=$fetched.log
  printf 'fetching Apache Kafka %s (45 MB, once)\n' "$kafka_version"
  for try in 1 2 3; do
    if mvn --batch-mode --quiet --file "$scripts/kafka/pom.xml" dependency:copy-dependencies \
      -DincludeScope=runtime -DoutputDirectory="$fetched" >"$log" 2>&1; then
      mv -T "$fetched" "$kafka_jars" 2>/dev/null || rm -rf "$fetched"
      rm -f "$log"
      return 0
    fi
    sleep "$try"
  done
  rm -rf "$fetched"
  log_tail "$log"
  fail "Maven could not fetch Kafka's jars" "its output is above and in $log; check the network and run this again"
}

# Java may be there in several versions, with an old one first in PATH
kafka_java() {
  local java major
  for java in "${JAVA_HOME:-/none}/bin/java" "$(command -v java || true)" /usr/lib/jvm/*/bin/java; do
    [[ -x $java ]] || continue
    major=$("$java" -version 2>&1 | sed -nE 's/.* version "([0-9]+).*/\1/p' | head -n 1)
    if ((${major:-0} >= 17)); then
      printf '%s\n' "$java"
      return
    fi
  done
  fail "Java 17 or later was not found: scripts/services install"
}

kafka_ports() {
  kafka_port=$(free_port)
  kafka_controller_port=$(free_port)
  printf '%s %s\n' "$kafka_port" "$kafka_controller_port" >"$dir/kafka/ports"
}

# SERVICES_KAFKA_VIA=PORT: a second listener that sends its clients to PORT, where a test's proxy leads back to it.
# SERVICES_KAFKA_TLS=DIRECTORY: this listener speaks TLS and asks its clients for certificates. DIRECTORY has broker.pem,
# the broker's key and certificate, and ca.pem, by which those of the clients are judged.
kafka_second_listener() {
  if [[ -n ${SERVICES_KAFKA_VIA:-} ]]; then
    printf '%s %s %s\n' "$(free_port)" "$SERVICES_KAFKA_VIA" "${SERVICES_KAFKA_TLS:-}" >"$dir/kafka/via"
  fi
  kafka_listeners=PLAINTEXT://127.0.0.1:$kafka_port,CONTROLLER://127.0.0.1:$kafka_controller_port
  kafka_advertised=PLAINTEXT://127.0.0.1:$kafka_port
  kafka_via_protocol=PLAINTEXT kafka_tls=
  [[ -e $dir/kafka/via ]] || return 0
  local own advertised
  read -r own advertised kafka_tls <"$dir/kafka/via"
  if [[ -n $kafka_tls ]]; then kafka_via_protocol=SSL; fi
  kafka_listeners+=,VIA://127.0.0.1:$own
  kafka_advertised+=,VIA://127.0.0.1:$advertised
}

kafka_tls_settings() {
  [[ -n $kafka_tls ]] || return 0
  local via=listener.name.via.ssl
  printf '%s\n' "$via.keystore.type=PEM" "$via.keystore.location=$kafka_tls/broker.pem" \
    "$via.truststore.type=PEM" "$via.truststore.location=$kafka_tls/ca.pem" "$via.client.auth=required"
}

kafka_configure() {
  kafka_second_listener
  cat >"$dir/kafka/server.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$kafka_controller_port
controller.listener.names=CONTROLLER
listeners=$kafka_listeners
advertised.listeners=$kafka_advertised
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,VIA:$kafka_via_protocol
log.dirs=$dir/kafka/data
auto.create.topics.enable=false
# a single node has nobody to copy to
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# fewer files to make when the first group or transaction appears
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
# tests join and leave groups all the time and must not wait for others to join
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
# a killed broker may come back only when its former self has timed out (9 s by default)
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=500
log.retention.check.interval.ms=5000
log.retention.ms=-1
$(kafka_tls_settings)
END
}

kafka_format() {
  [[ ! -e $dir/kafka/data/meta.properties ]] || return 0
  local id
  # the cluster's id is 16 bytes in base64 for addresses, without padding
  id=$(head -c 16 /dev/urandom | base64 | tr '+/' 'AB' | tr -d '=')
  "$java" -XX:TieredStopAtLevel=1 -cp "$kafka_jars/*" kafka.tools.StorageTool format -t "$id" \
    -c "$dir/kafka/server.properties" >"$dir/kafka/format.log" 2>&1 || {
    log_tail "$dir/kafka/format.log"
    fail "Kafka's data directory could not be prepared" "is the disk full? see $dir/kafka/format.log"
  }
}

# Starts the broker and does not wait for it. `setsid` keeps a terminal's Ctrl-C from it: whoever started it also
# decides when it goes, after those who use it.
kafka_launch() {
  kafka_install
  local java
  java=$(kafka_java)
  mkdir -p "$dir/kafka"
  if [[ -n $(pid_in "$dir/kafka/pid" kafka.Kafka) ]]; then fail "Kafka is already running in $dir"; fi
  if [[ -e $dir/kafka/ports ]]; then read -r kafka_port kafka_controller_port <"$dir/kafka/ports"; else kafka_ports; fi
  kafka_configure
  kafka_format
  if [[ -e $dir/kafka/log ]]; then cat "$dir/kafka/log" >>"$dir/kafka/log.before"; fi
  started+=(kafka)
  setsid "$java" -Xmx768m -Xms256m -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError \
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.showDateTime=true \
    -Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS \
    -Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info \
    -cp "$kafka_jars/*" kafka.Kafka "$dir/kafka/server.properties" </dev/null >"$dir/kafka/log" 2>&1 &
  disown
  printf '%s\n' $! >"$dir/kafka/pid"
}

# The broker writes the awaited line once it has joined its own cluster and answers requests.
kafka_await() {
  local pid deadline=$((SECONDS + 90)) tries=${1:-5}
  pid=$(cat "$dir/kafka/pid")
  until grep -q 'Kafka Server started' "$dir/kafka/log"; do
    if ! alive "$pid"; then
      if ((tries > 1)) && grep -q 'Address already in use' "$dir/kafka/log" && kafka_is_new; then
        kafka_ports
        kafka_launch
        kafka_await $((tries - 1))
        return
      fi
      log_tail "$dir/kafka/log"
      fail "Kafka stopped while starting; the end of $dir/kafka/log is above"
    fi
    if ((SECONDS > deadline)); then
      log_tail "$dir/kafka/log"
      fail "Kafka did not get ready within 90 s; the end of $dir/kafka/log is above" \
        "is the machine short of memory? the broker takes up to 1 GB"
    fi
    sleep 0.1
  done
}

# with data that others may know by its address, a taken port is an error and not a reason to move
kafka_is_new() { [[ ! -e $dir/env ]] || ! grep -q '^KAFKA_BROKERS=' "$dir/env"; }

# kafka_stop cleanly|now: `now` is for data that is thrown away
kafka_stop() {
  local pid
  pid=$(pid_in "$dir/kafka/pid" kafka.Kafka)
  if [[ -n $pid ]]; then
    if [[ $1 == cleanly ]]; then
      kill -TERM "$pid"
      await_end "$pid" 30 || say "Kafka did not stop within 30 s and is killed"
    fi
    kill -KILL "$pid" 2>/dev/null || true
    await_end "$pid" 10 || fail "Kafka (process $pid) does not end"
  fi
  rm -f "$dir/kafka/pid"
}

kafka_env() {
  [[ -e $dir/kafka/ports ]] || return 0
  printf 'KAFKA_BROKERS=127.0.0.1:%s\n' "$(cut -d ' ' -f 1 "$dir/kafka/ports")"
  if [[ -e $dir/kafka/via ]]; then printf 'KAFKA_VIA=127.0.0.1:%s\n' "$(cut -d ' ' -f 1 "$dir/kafka/via")"; fi
  printf 'KAFKA_PID=%s\n' "$(pid_in "$dir/kafka/pid" kafka.Kafka)"
  printf 'KAFKA_LOG=%s/kafka/log\nKAFKA_PROPERTIES=%s/kafka/server.properties\n' "$dir" "$dir"
  printf 'KAFKA_CLASSPATH=%s/*\nKAFKA_JAVA=%s\n' "$kafka_jars" "$(kafka_java)"
}
