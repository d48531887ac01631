/**
 * `foretrain doctor`: options and help.
 * @module
 */
import type { Command } from "commander";
import { boundThreads, defineCommand, execute } from "../define-command.js";

export function declareDoctor(program: Command, signal: AbortSignal): void {
  defineCommand(program, "doctor", "what this machine offers and how fast it is", [
    "foretrain doctor",
    "FORETRAIN_BLAS=none foretrain doctor --json",
  ])
    .description(
      "Looks for WebAssembly SIMD and a native BLAS (OpenBLAS, MKL, Accelerate), measures both and says what would help.\n" +
        "FORETRAIN_BLAS=PATH names a library, FORETRAIN_BLAS=none takes none; the library's own variables set its threads.",
    )
    .action(async (options) => {
      await boundThreads(options);
      const { doctorCommand } = await import("../commands/doctor.js");
      await execute(options, signal, (context) => doctorCommand(options, context));
    });
}
