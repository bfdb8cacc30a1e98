// The official runtime client (aws-lambda-ric) talks to the Runtime API through
// a native addon, which needs a C++ tool chain to install. This stands in for
// the addon with one kept-alive socket and no HTTP library, so that it costs
// Node as little as the addon would.

const net = require('node:net');
const Module = require('node:module');

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const path = '/2018-06-01/runtime/invocation/';

let socket;
let buffered = Buffer.alloc(0);
let waiting;

function open() {
  socket = net.connect(Number(port), host);
  socket.setNoDelay(true);
  socket.on('data', (piece) => {
    buffered = Buffer.concat([buffered, piece]);
    parse();
  });
  socket.on('close', () => process.exit(0));
}

// parse takes one whole answer off the buffer, if it is there.
function parse() {
  const end = buffered.indexOf('\r\n\r\n');
  if (end < 0) return;
  const headers = {};
  for (const line of buffered.toString('latin1', 0, end).split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const length = Number(headers['content-length'] ?? 0);
  if (buffered.length < end + 4 + length) return;
  const bodyJson = buffered.toString('utf8', end + 4, end + 4 + length);
  buffered = buffered.subarray(end + 4 + length);
  const done = waiting;
  waiting = undefined;
  done({ bodyJson, headers });
}

// exchange sends a request; answers come in the order of requests.
function exchange(method, target, body = '') {
  if (!socket) open();
  return new Promise((resolve) => {
    waiting = resolve;
    socket.write(`${method} ${path}${target} HTTP/1.1\r\nHost: ${host}:${port}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  });
}

let answered = Promise.resolve();
const addon = {
  initializeClient() {},
  next: () => answered.then(() => exchange('GET', 'next')),
  done: (id, body) => void (answered = exchange('POST', `${id}/response`, body)),
  error: (id, body) => void (answered = exchange('POST', `${id}/error`, body)),
};

const load = Module._load;
Module._load = function (request, ...rest) {
  return request.endsWith('rapid-client.node') ? addon : load.call(this, request, ...rest);
};
