// The other side of tests/interop/draft.rs: `draft_peer.js ROLE bind|connect ENDPOINT SIZE...`.
//
// Prints the endpoint once it is bound or connected, and `ok` when all messages were received and checked. A dish also
// prints `heard` after its first message, and a radio repeats its first message until its input ends.

const { setTimeout: sleep } = require("node:timers/promises");
const { Client, Datagram, Dish, Gather, Radio, Scatter, Server } = require("zeromq/draft");

const PATIENCE = 20_000; // milliseconds
const CLIENTS = 3;
const PROBE = "probe";

/** Returns the content of message number `seed`. */
function pattern(seed, size) {
  return Buffer.alloc(size, Buffer.from(Array.from({ length: 251 }, (_, i) => (seed + i) % 251)));
}

function expect(received, wanted) {
  if (!received.equals(Buffer.from(wanted))) {
    throw new Error(`another message than expected, of ${received.length} bytes instead of ${wanted.length}`);
  }
}

/** Sends a probe repeatedly until `end` is settled. The first ones may be lost. */
async function probeUntil(end, send) {
  let ended = false;
  const watched = end.finally(() => (ended = true));
  while (!ended) {
    await send();
    await Promise.race([sleep(10), watched]);
  }
}

function endOfInput() {
  return new Promise((resolve) => process.stdin.on("end", resolve).resume());
}

async function client(socket, seed, size) {
  await socket.send(pattern(seed, size));
  const [reply] = await socket.receive();
  expect(reply, pattern(seed + 1, size));
}

async function server(socket, seed, size) {
  const [request, peer] = await socket.receive();
  expect(request, pattern(seed, size));
  await socket.send(pattern(seed + 1, size), peer);
}

/** Asks with several sockets. Each must get its own reply. */
async function crowd(first, _seed, _size, endpoint) {
  const sockets = [first];
  while (sockets.length < CLIENTS) sockets.push(new Client({ linger: PATIENCE }));
  for (const socket of sockets.slice(1)) socket.connect(endpoint);
  await Promise.all(sockets.map((socket, number) => socket.send(`from ${number}`)));
  const replies = await Promise.all(sockets.map((socket) => socket.receive()));
  replies.forEach(([reply], number) => expect(reply, `to from ${number}`));
  for (const socket of sockets.slice(1)) socket.close();
}

/** Replies to several clients after the last request, to the last client first. */
async function desk(socket) {
  const requests = [];
  while (requests.length < CLIENTS) requests.push(await socket.receive());
  for (const [request, peer] of requests.reverse()) await socket.send(`to ${request}`, peer);
}

async function radio(socket, seed, size) {
  if (seed === 0) await probeUntil(endOfInput(), () => socket.send("", { group: PROBE }));
  await socket.send(pattern(seed, size), { group: "unwanted" });
  await socket.send(pattern(seed, size), { group: "wanted" });
}

async function dish(socket, seed, size) {
  if (seed === 0) {
    await socket.receive();
    console.log("heard");
  }
  let message, group;
  do [message, { group }] = await socket.receive();
  while (String(group) === PROBE);
  expect(group, "wanted");
  expect(message, pattern(seed, size));
}

async function scatter(socket, seed, size) {
  await socket.send(pattern(seed, size));
}

async function gather(socket, seed, size) {
  const [message] = await socket.receive();
  expect(message, pattern(seed, size));
}

/** Sends datagrams from a port of its own, and expects the replies. */
async function ask(socket, seed, size, endpoint) {
  const target = endpoint.replace("udp://", "");
  if (seed === 0) await probeUntil(socket.receive(), () => socket.send([target, PROBE]));
  await socket.send([target, pattern(seed, size)]);
  let address, reply;
  do [address, reply] = await socket.receive();
  while (String(reply) === PROBE);
  expect(address, `${target}\0`);
  expect(reply, pattern(seed + 1, size));
}

/** Replies to datagrams, and returns probes. */
async function answer(socket, seed, size) {
  let address, message;
  while ((([address, message] = await socket.receive()), String(message) === PROBE)) {
    await socket.send([address, message]);
  }
  expect(message, pattern(seed, size));
  await socket.send([address, pattern(seed + 1, size)]);
}

const ROLES = {
  client: [Client, client],
  crowd: [Client, crowd],
  server: [Server, server],
  desk: [Server, desk],
  radio: [Radio, radio],
  dish: [Dish, dish],
  scatter: [Scatter, scatter],
  gather: [Gather, gather],
  ask: [Datagram, ask],
  answer: [Datagram, answer],
};

async function main(role, how, endpoint, ...sizes) {
  const [Kind, talk] = ROLES[role];
  const socket = new Kind({ linger: PATIENCE });
  if (role === "dish") socket.join("wanted", PROBE);
  if (role === "ask") {
    await socket.bind("udp://127.0.0.1:*");
  } else {
    await socket[how](endpoint);
  }
  console.log(socket.lastEndpoint);
  for (const [seed, size] of sizes.entries()) await talk(socket, seed, Number(size), endpoint);
  socket.close();
  console.log("ok");
}

function fail(error) {
  console.error(error);
  process.exit(1);
}

setTimeout(() => fail("draft_peer.js: the other side is silent"), PATIENCE).unref();
main(...process.argv.slice(2)).catch(fail);
