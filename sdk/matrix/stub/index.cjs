// The SDK of a project that has none: it calls the functions that it is given, and does nothing else.
const handle = new Proxy({}, { get: (_, key) => (/Id$/.test(String(key)) ? '0' : () => handle) });
const run = async (_name, ...rest) => await rest.at(-1)(handle);
const nothing = async () => ({ sent: 0, failed: 0, dropped: 0, pending: 0, lastError: null });

exports.agent = exports.step = exports.tool = exports.llm = exports.decide = exports.retry = run;
exports.start = () => ({ started: true, endpoint: null, message: '' });
exports.flush = exports.shutdown = nothing;
