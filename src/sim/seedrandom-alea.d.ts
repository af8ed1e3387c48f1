/** One generator of seedrandom alone: the package's index loads them all, which takes longer than a short run. */
declare module "seedrandom/lib/alea.js" {
  const alea: (seed: string) => () => number;
  export default alea;
}
