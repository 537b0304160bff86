#!/bin/sh
# Crawl now and then every CRAWL_EVERY seconds (3600): every.sh SPIDER [-a ...]. One crawl at a time, each in a process
# of its own. A stop (SIGTERM) is passed on: the crawl commits what it has and ends within 10 seconds.
set -u
every=${CRAWL_EVERY:-3600}
child=
stopped=
stop() {
    stopped=1
    [ -z "$child" ] || kill -TERM "$child" 2>/dev/null
}
trap stop TERM INT

run() { # in the background, so that the trap is taken while it lasts
    "$@" &
    child=$!
    wait "$child"
    status=$?
    # A signal ends `wait` and not the child.
    while kill -0 "$child" 2>/dev/null; do
        wait "$child"
        status=$?
    done
    child=
}

while [ -z "$stopped" ]; do
    begun=$(date +%s)
    run scrapy crawl "$@"
    [ -z "$stopped" ] || break
    case $status in
    0) ;;
    75) echo "every.sh: another run holds the scope; the next try comes in its turn" >&2 ;;
    2) # Wrong arguments or settings: the same until they are put right.
        echo "every.sh: wrong arguments or settings, see the line above" >&2
        exit 2
        ;;
    *) echo "every.sh: the crawl ended with status $status, see the line above" >&2 ;;
    esac
    rest=$((every - ($(date +%s) - begun)))
    [ "$rest" -le 0 ] || run sleep "$rest"
done
exit "${status:-0}"
