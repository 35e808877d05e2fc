// A name server that gives every question the same answer.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** @param code RFC 1035 §4.1.1: 2 server failure, 3 no such name, 5 refused; null = it stays silent */
export async function withDns(code, use) {
  const socket = createSocket('udp4');
  socket.on('message', (question, from) => {
    if (code === null) return;
    const reply = Buffer.from(question);
    reply.writeUInt16BE(0x8180 | code, 2);
    socket.send(reply, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  try {
    return await use(socket.address().port);
  } finally {
    socket.close();
  }
}
