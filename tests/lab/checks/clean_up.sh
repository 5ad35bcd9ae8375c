# shellcheck shell=bash disable=SC2154,SC2016 # names come from tests/lab/check; hosts expand what is quoted
# Is nothing left of a lab after `down`, however it ended?

folder=${JUMPFLEET_LAB_DIR:-/var/lib/jumpfleet-lab}/$name

# What could be left: files, a network's name, control groups, processes that have the lab's mounts.
leftovers() {
    ls -d "$folder" "/run/netns/jumpfleet-$name" 2>/dev/null
    find /sys/fs/cgroup -maxdepth 2 -name "jumpfleet-$name" 2>/dev/null
    grep -ls -- "$folder/" /proc/[0-9]*/mountinfo 2>/dev/null
    pgrep -af -- "--name $name " | grep -v pgrep
    # Only those seen before: the number of a network that is gone may be another lab's by now.
    for one in $inhabitants; do
        [ "$(readlink "$one" 2>/dev/null)" != "$network" ] || echo "$one"
    done
}
clean() {
    local found
    found=$(leftovers)
    [ -z "$found" ] || { echo "$found"; return 1; }
}
remember_network() {
    network=$(lab run readlink /proc/self/ns/net)
    inhabitants=$(for one in /proc/[0-9]*/ns/net; do
        [ "$(readlink "$one" 2>/dev/null)" != "$network" ] || echo "$one"
    done)
}

lab run sleep 300 &
left=$!
sleep 0.3
remember_network
check "the lab's network has its keeper and what run started" test "$(wc -l <<<"$inhabitants")" -eq 2
check "systemd hosts go down" lab down
check "nothing is left of them" clean
wait $left 2>/dev/null
check "down of what is not up is no error" lab down

lab up 2 --light 2>/dev/null
remember_network
keeper=$(cut -d' ' -f1 "$folder/keeper.pid")
kill -9 "$keeper"
sleep 1
answers "with its keeper killed a lab has no hosts" 0 "^h001 .* down$" lab list
check "down clears a lab whose keeper was killed" lab down
check "nothing is left of it" clean

lab up 2 2>/dev/null
remember_network
kill -9 "$(cut -d' ' -f1 "$folder/keeper.pid")"
check "an up after a crash clears it first" lab up 1 --light
check "down" lab down
check "nothing is left of systemd hosts either" clean

inhabitants=''
for after in 0.10 0.15 0.20 0.25 0.35 0.5; do
    "$top/scripts/lab" --name "$name" up 8 2>/dev/null &
    up=$!
    sleep $after
    kill -9 $up 2>/dev/null
    wait $up 2>/dev/null
    sleep 0.1
    check "down after an up killed at $after s" lab down
    check "nothing is left of it" clean
done

"$top/scripts/lab" --name "$name" up 2 2>/dev/null &
up=$!
until [ -s "$folder/keeper.pid" ]; do sleep 0.01; done
kill -9 $up 2>/dev/null
wait $up 2>/dev/null
check "down after an up killed when its keeper had begun" timeout 60 "$top/scripts/lab" --name "$name" down
check "nothing is left of it" clean

"$top/scripts/lab" --name "$name" up 8 2>/dev/null &
up=$!
sleep 0.4
kill -TERM $up
wait $up 2>/dev/null
check "an up that is told to end takes back what it began" clean
