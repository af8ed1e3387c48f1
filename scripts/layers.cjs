/**
 * The layers of `src/sim` and of `src/hw`, the lowest first. A folder may import folders of lower layers, and no other one; so
 * there is no cycle between folders. `.dependency-cruiser.cjs` makes rules of them, docs/architecture.md shows them.
 */
module.exports.SIM_LAYERS = [
  ["state", "threads"],
  ["random", "time"],
  ["trace"],
  ["view"],
  ["causes", "guest", "host", "measures"],
  ["output", "run"],
  ["hosts"],
  ["conform", "fidelity", "fuzz", "gauge", "generate", "import", "shadow", "step", "tune"],
  ["calibrate", "queue", "report", "why"],
  ["explore"],
  ["cli"],
  ["library"],
];

module.exports.HW_LAYERS = [
  ["native"],
  ["control", "ports"],
  ["settings"],
  ["view"],
  ["log", "machine", "metrics", "time"],
  ["daemon"],
  ["cli"],
];
