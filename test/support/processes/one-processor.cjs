// Loaded before a program (`node --require`): gives it the number of threads that it starts on a machine with one processor.
const os = require("node:os");
const { syncBuiltinESMExports } = require("node:module");

os.availableParallelism = () => 1;
syncBuiltinESMExports();
