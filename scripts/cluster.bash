# The auction house as a cluster on this machine. Sourced by scripts/run, which has built $build and
# set DATA_DIR.
# shellcheck shell=bash disable=SC2154

public_address=${BIND_ADDRESS:-127.0.0.1}  # of the dashboard and the API
local_address=$public_address              # at which this machine finds them
[[ $local_address != 0.0.0.0 ]] || local_address=127.0.0.1
dashboard_url=http://$local_address:${FRONTEND_PORT:-8080}
export BIND_ADDRESS=127.0.0.1
nodes=(1 2 3 4 5)
first_node_port=${RAFT_NODE_PORT:-9001}
coordinators=(1 2)
first_coordinator_port=${COORDINATOR_PORT:-9100}
logs=$DATA_DIR/logs
ready_within_s=60
poll_s=0.2
launcher=()  # what starts a process
declare -A name_of=() pid_of=()  # of the processes: by pid, by name

node_port() {
    echo $((first_node_port + $1 - 1))
}

# node_urls [ID=]: the URLs of all nodes with commas between, each after its number if so wished.
node_urls() {
    local node urls=()
    for node in "${nodes[@]}"; do
        urls+=("${1:+$node=}http://127.0.0.1:$(node_port "$node")")
    done
    (IFS=, && echo "${urls[*]}")
}

coordinator_port() {
    echo $((first_coordinator_port + $1 - 1))
}

# The URLs of all coordinators with commas between.
coordinator_urls() {
    local number urls=()
    for number in "${coordinators[@]}"; do
        urls+=("http://127.0.0.1:$(coordinator_port "$number")")
    done
    (IFS=, && echo "${urls[*]}")
}

# Becomes that coordinator of two-phase commit.
run_coordinator() {
    local auctions
    auctions=$(node_urls)
    PARTICIPANTS=auction_service=${auctions//,/|}
    PARTICIPANTS+=,bidding_service=http://127.0.0.1:${BIDDING_SERVICE_PORT:-8002}
    PARTICIPANTS+=,history_service=http://127.0.0.1:${HISTORY_SERVICE_PORT:-8003}
    PARTICIPANTS+=,notifier_service=http://127.0.0.1:${NOTIFIER_SERVICE_PORT:-8004}
    COORDINATOR_PORT=$(coordinator_port "$1")
    export PARTICIPANTS COORDINATOR_PORT SERVICE=two_phase_coordinator
    export COORDINATOR_NAME=coordinator_$1 DATA_DIR=$DATA_DIR/coordinator-$1
    exec "${launcher[@]}" "$build/gavel"
}

# Becomes that node.
run_node() {
    COORDINATOR_URL=$(coordinator_urls)
    export COORDINATOR_URL
    RAFT_PEERS=$(node_urls with_id)
    export RAFT_PEERS SERVICE=raft_node RAFT_NODE_ID=$1 DATA_DIR=$DATA_DIR/node-$1
    RAFT_NODE_PORT=$(node_port "$1")
    export RAFT_NODE_PORT
    exec "${launcher[@]}" "$build/gavel"
}

# Becomes that service.
run_service() {
    AUCTION_SERVICE_URL=$(node_urls)
    COORDINATOR_URL=$(coordinator_urls)
    export AUCTION_SERVICE_URL COORDINATOR_URL SERVICE=$1
    export BIDDING_SERVICE_URL=http://127.0.0.1:${BIDDING_SERVICE_PORT:-8002}
    export HISTORY_SERVICE_URL=http://127.0.0.1:${HISTORY_SERVICE_PORT:-8003}
    export NOTIFIER_SERVICE_URL=http://127.0.0.1:${NOTIFIER_SERVICE_PORT:-8004}
    export GATEWAY_URL=http://$local_address:${GATEWAY_PORT:-8000}
    # What is kept of the cluster's auctions; data/history.db is that of a single process.
    export DATA_DIR=$DATA_DIR/history
    [[ $1 != gateway && $1 != frontend ]] || export BIND_ADDRESS=$public_address
    exec "${launcher[@]}" "$build/gavel"
}

# start NAME COMMAND...: in a session of its own, so that Ctrl-C reaches this script alone, which
# asks each process once.
start() {
    local name=$1
    shift
    (launcher=(setsid) && "$@") </dev/null >"$logs/$name.log" 2>&1 &
    name_of[$!]=$name
    pid_of[$name]=$!
}

# stop NAME...: asks them to end and waits until they have.
stop() {
    local name pids=()
    for name in "$@"; do
        [[ -z ${pid_of[$name]-} ]] || pids+=("${pid_of[$name]}")
    done
    [[ ${#pids[@]} -gt 0 ]] || return 0
    kill -TERM "${pids[@]}" 2>/dev/null || true
    wait "${pids[@]}" 2>/dev/null || true
}

# The services go first: they would only complain that the nodes are gone.
stop_cluster() {
    trap '' INT TERM HUP
    echo "stopping"
    stop frontend gateway "${coordinators[@]/#/coordinator-}"
    stop bidding_service notifier_service history_service
    stop "${nodes[@]/#/node-}"
    trap - EXIT
    echo "stopped"
}

# Whether a process has ended; then tells of it and sets `ended` to its name.
any_ended() {
    local pid status=0
    for pid in "${!name_of[@]}"; do
        kill -0 "$pid" 2>/dev/null && continue
        wait "$pid" || status=$?
        ended=${name_of[$pid]}
        unset "pid_of[$ended]" "name_of[$pid]"
        echo "$ended ended with status $status; the end of $logs/$ended.log:"
        tail -n 5 "$logs/$ended.log"
        return
    done
    return 1
}

# Fails when anything ends meanwhile.
wait_until_ready() {
    local deadline=$((SECONDS + ready_within_s)) ended
    until "$build/gavel" --probe "$dashboard_url/readyz" 2>/dev/null; do
        ! any_ended || return 1
        if [[ $SECONDS -gt $deadline ]]; then
            echo "the cluster was not ready within $ready_within_s s; its logs are in $logs"
            return 1
        fi
        sleep "$poll_s"
    done
}

print_places() {
    local node
    echo "dashboard  $dashboard_url/"
    echo "API        http://$local_address:${GATEWAY_PORT:-8000}/"
    for node in "${nodes[@]}"; do
        echo "node $node     http://127.0.0.1:$(node_port "$node")/raft/status, process" \
            "${pid_of[node-$node]}, data in $DATA_DIR/node-$node"
    done
    echo "logs       $logs"
    echo "Kill any two nodes and bids go on. Ctrl-C stops all."
}

# Until Ctrl-C. A node may end, which is what a cluster is for; then the others go on.
run_cluster() {
    local node number service ended
    mkdir -p "$logs"
    trap stop_cluster EXIT
    trap 'exit 0' INT TERM HUP
    for node in "${nodes[@]}"; do
        start "node-$node" run_node "$node"
    done
    for service in history_service notifier_service bidding_service gateway frontend; do
        start "$service" run_service "$service"
    done
    for number in "${coordinators[@]}"; do
        start "coordinator-$number" run_coordinator "$number"
    done
    wait_until_ready || exit 1
    print_places
    while true; do
        if any_ended; then
            [[ $ended == node-* ]] || exit 1
            echo "scripts/run --node ${ended#node-} starts it again"
        fi
        sleep "$poll_s"
    done 2>/dev/null  # else bash itself would tell of each that is killed
}
