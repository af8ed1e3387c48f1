const { builtinModules } = require("node:module");
const { HW_LAYERS, SIM_LAYERS } = require("./scripts/layers.cjs");

/**
 * Folders of a part import folders of lower layers only, and a new folder has to be put into a layer.
 * @param {string} part
 * @param {string[][]} layers
 */
const layerRules = (part, layers) => [
  ...layers.flatMap((folders, layer) =>
    folders.map((folder) => ({
      name: `${part}-${folder}-knows-lower-layers`,
      severity: "error",
      from: { path: `^src/${part}/${folder}/` },
      to: {
        path: `^src/${part}/.*/`,
        pathNot: `^src/${part}/(${[folder, ...layers.slice(0, layer).flat()].join("|")})/`,
      },
    })),
  ),
  {
    name: `${part}-folder-has-a-layer`,
    comment: "A new folder has to be put into a layer (scripts/layers.cjs).",
    severity: "error",
    from: { path: `^src/${part}/(?!(${layers.flat().join("|")})/|[^/]+$)` },
    to: {},
  },
];

/** The layers know each other in one direction only: engine <- common <- sim, engine <- common <- hw <- native. */
module.exports = {
  forbidden: [
    ...layerRules("sim", SIM_LAYERS),
    ...layerRules("hw", HW_LAYERS),
    {
      name: "engine-knows-nobody",
      comment: "The policy is pure: it imports neither other layers nor Node nor packages.",
      severity: "error",
      from: { path: "^src/engine" },
      to: { pathNot: "^src/engine" },
    },
    {
      name: "common-knows-engine-only",
      severity: "error",
      from: { path: "^src/common" },
      to: { path: "^(src/(sim|hw)|native)" },
    },
    {
      name: "sim-knows-not-hw",
      severity: "error",
      from: { path: "^src/sim" },
      to: { path: "^(src/hw|native)" },
    },
    {
      name: "hw-knows-not-sim",
      severity: "error",
      from: { path: "^src/hw" },
      to: { path: "^src/sim" },
    },
    {
      name: "engine-through-its-index",
      comment: "Other layers see the engine's public face, as a user of the package does.",
      severity: "error",
      from: { path: "^src/(common|sim|hw)" },
      to: { path: "^src/engine", pathNot: "^src/engine/index\\.ts$" },
    },
    {
      name: "core-needs-no-node",
      comment:
        "balloon-sim/core and the explorer's workers run in browsers: nothing that they reach imports a module of Node.",
      severity: "error",
      from: { path: "^src/sim/(core|explore/(hosts/)?worker/main)\\.ts$" },
      to: { path: `^(node:.*|${builtinModules.join("|")})$`, reachable: true },
    },
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-development-packages",
      severity: "error",
      from: { path: "^(src|bin)" },
      to: { dependencyTypes: ["npm-dev"], pathNot: "node_modules/@types/" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    doNotFollow: { path: "node_modules" },
  },
};
