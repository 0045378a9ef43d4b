// What happens, as it happens: one stream for all views. It resumes where it broke off.

const types = ["incident.opened", "incident.reminder", "incident.acknowledged", "incident.resolved"];
const listeners = new Set();
const stateListeners = new Set();
const patience = 5000;
let source = null;
let last = null;
let state = "off";

/** Calls `f` with each event ({type, timestamp, data: {incident, evidence}}), until `signal` says that it is over. */
export function listen(f, signal) {
    listeners.add(f);
    signal.addEventListener("abort", () => listeners.delete(f));
    if (!source) open();
}

/** Calls `f` with "live", "waiting" or "off", now and whenever it changes. */
export function onState(f) {
    stateListeners.add(f);
    f(state);
}

/** Ends the stream: nobody is logged in. */
export function close() {
    source?.close();
    source = null;
    tell("off");
}

function open() {
    const stream = new EventSource(last === null ? "/api/events" : `/api/events?after=${last}`);
    source = stream;
    tell("waiting");
    stream.onopen = () => tell("live");
    stream.onerror = () => {
        if (source !== stream) return;
        tell("waiting");
        // The browser comes back by itself after a broken connection, but not after a refusal.
        if (stream.readyState !== EventSource.CLOSED) return;
        source = null;
        setTimeout(() => { if (!source && listeners.size) open(); }, patience);
    };
    for (const type of types) stream.addEventListener(type, take);
}

function take(message) {
    last = message.lastEventId;
    const event = JSON.parse(message.data);
    for (const listener of [...listeners]) listener(event);
}

function tell(now) {
    if (now === state) return;
    state = now;
    for (const listener of stateListeners) listener(now);
}
