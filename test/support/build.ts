/**
 * Before any test: the compiled package that the command line tests run is up to date.
 * @module
 */
export async function setup(): Promise<void> {
  // a plain script, so that it also works before anything is installed
  const script = new URL("../../scripts/setup.mjs", import.meta.url).href;
  const build = (await import(script)) as { setup(): Promise<void> };
  await build.setup();
}
