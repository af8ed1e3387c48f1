/** Whether a text names a policy by a file: `./mine.mjs`, `mine.js`. Bundled policies have no such names. */
export const isPolicyFile = (text: string): boolean => /[\\/]|\.[cm]?[jt]s$/.test(text);
