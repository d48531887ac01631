// A worker with tasks for the tests of the pool.
import { parentPort } from "node:worker_threads";
import { ForetrainError } from "../../dist/errors.js";
import { serve } from "../../dist/threads/serve.js";

const tasks = {
  echo: (payload, reply) => {
    reply({ opened: payload });
    return { message: (value) => reply({ echo: value }), close() {} };
  },
  throws: () => ({
    message() {
      throw new ForetrainError("ERR_NUMERICAL", "the variance overflowed", { sample: 3 });
    },
    close() {},
  }),
  bug: () => ({
    message() {
      undefined.property;
    },
    close() {},
  }),
  exit: () => ({ message: () => process.exit(3), close() {} }),
  spin: (_, reply) => ({
    message() {
      reply("spinning");
      for (;;);
    },
    close() {},
  }),
};
serve(
  {
    post: (message, transfer = []) => parentPort.postMessage(message, [...transfer]),
    listen: (message) => parentPort.on("message", message),
  },
  tasks,
);
