/** One generator of seedrandom: the package's index loads all generators, which takes longer than a short run. */
declare module "seedrandom/lib/alea.js" {
  /** The complete state of the generator. */
  export interface AleaState {
    readonly c: number;
    readonly s0: number;
    readonly s1: number;
    readonly s2: number;
  }
  export interface Alea {
    (): number;
    state(): AleaState;
  }
  const alea: (seed: string, options: { readonly state: true | AleaState }) => Alea;
  export default alea;
}
