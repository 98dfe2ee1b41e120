// Vertex Cover → Set Cover, as relucert asks for it: a JSON object on each line in, one on each line out.
const answers = {
  reduce: ({ source }) => {
    const sets = Array.from({ length: source.vertices }, () => []);
    source.edges.forEach((ends, edge) => ends.forEach((v) => sets[v].push(edge)));
    return { universe: source.edges.length, sets, budget: source.budget };
  },
  forward: ({ witness }) => witness, // vertices and sets have the same numbers
  backward: ({ witness }) => witness,
};

const lines = require("readline").createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const request = JSON.parse(line);
  let reply;
  try {
    reply = { result: answers[request.op](request) };
  } catch (failure) {
    reply = { error: String(failure) };
  }
  process.stdout.write(JSON.stringify(reply) + "\n");
});
