import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  checkRunFolder,
  createRunFolder,
  readRunManifest,
  verifyRun,
  withRunFolder,
} from "../../src/runs/index-node.js";
import { emptyFolder, rejection } from "../support/files.js";

const options = { command: "foretrain forecast spec.json --seed 3", seed: 3 };
const all = (folder: string) => readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();

describe("a run folder", () => {
  test("appears whole at the end, with a manifest of its files", async () => {
    const parent = emptyFolder();
    const run = await createRunFolder(join(parent, "deep", "mine"), options);
    await run.write("forecast.json", "{}");
    await run.write("figures/loss.svg", "<svg/>");
    expect(existsSync(join(parent, "deep", "mine"))).toBe(false);
    const manifest = await run.finish();
    await run.discard();
    expect(all(join(parent, "deep"))).toEqual(
      ["mine", "mine/figures", "mine/figures/loss.svg", "mine/forecast.json", "mine/run.json"].sort(),
    );
    expect(manifest).toEqual(JSON.parse(readFileSync(join(parent, "deep/mine/run.json"), "utf8")));
    expect(manifest).toMatchObject({ foretrain: 1, kind: "run", ...options });
    expect(manifest.versions["node"]).toBe(process.versions.node);
    expect(manifest.files).toEqual(
      [
        ["figures/loss.svg", "<svg/>"],
        ["forecast.json", "{}"],
      ].map(([name, text]) => ({
        name,
        bytes: text!.length,
        sha256: createHash("sha256").update(text!).digest("hex"),
      })),
    );
    expect(Date.parse(manifest.finished)).toBeGreaterThanOrEqual(Date.parse(manifest.started));
  });

  test("takes the place of an empty folder", async () => {
    const folder = emptyFolder();
    await withRunFolder(folder, options, (run) => run.write("a", "1"));
    expect(all(folder)).toEqual(["a", "run.json"]);
  });

  test("replaces a former run and keeps what someone added to it", async () => {
    const parent = emptyFolder();
    const folder = join(parent, "mine");
    await withRunFolder(folder, options, async (run) => {
      await run.write("a", "1");
      await run.write("sub/b", "1");
    });
    writeFileSync(join(folder, "notes.txt"), "keep me");
    writeFileSync(join(folder, "sub", "c"), "keep me too");
    await withRunFolder(folder, options, async (run) => {
      await run.write("a", "2");
      await run.write("notes.txt", "of the run");
    });
    expect(all(folder)).toEqual(["a", "notes.txt", "notes.txt.kept", "run.json", "sub", "sub/c"]);
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("2");
    expect(readFileSync(join(folder, "notes.txt.kept"), "utf8")).toBe("keep me");
    expect(readdirSync(parent)).toEqual(["mine"]);
  });

  test("keeps files of the former run that someone edited, beside the new ones", async () => {
    const folder = join(emptyFolder(), "mine");
    const write = (value: string) =>
      withRunFolder(folder, options, async (run) => {
        await run.write("a", value);
        await run.write("b", "1");
      });
    await write("1");
    writeFileSync(join(folder, "a"), "edited");
    rmSync(join(folder, "b"));
    await write("2");
    expect(all(folder)).toEqual(["a", "a.kept", "b", "run.json"]);
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("2");
    expect(readFileSync(join(folder, "a.kept"), "utf8")).toBe("edited");
  });

  test("follows a link to the folder", async () => {
    const parent = emptyFolder();
    mkdirSync(join(parent, "real"));
    symlinkSync("real", join(parent, "link"));
    await withRunFolder(join(parent, "link"), options, (run) => run.write("a", "1"));
    expect(all(join(parent, "real"))).toEqual(["a", "run.json"]);
    expect(readdirSync(parent).sort()).toEqual(["link", "real"]);
  });

  test("never touches a folder that is no run, even when its content appears during the run", async () => {
    const parent = emptyFolder();
    const folder = join(parent, "mine");
    mkdirSync(folder);
    writeFileSync(join(folder, "thesis.tex"), "years of work");
    const early = await rejection(createRunFolder(folder, options), "ERR_FILE");
    expect(early.message).toMatch(/holds files that are no run of foretrain \(1\).*choose another folder/);
    rmSync(join(folder, "thesis.tex"));
    const run = await createRunFolder(folder, options);
    await run.write("a", "1");
    writeFileSync(join(folder, "thesis.tex"), "years of work");
    await rejection(run.finish(), "ERR_FILE");
    await run.discard();
    expect(all(parent)).toEqual(["mine", "mine/thesis.tex"]);
  });

  test("a folder with a run.json of something else is no run", async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, "run.json"), '{"scripts": {}}');
    await rejection(checkRunFolder(folder), "ERR_FILE");
    writeFileSync(join(folder, "run.json"), "no json");
    await rejection(checkRunFolder(folder), "ERR_FILE");
  });

  test("an error in the body leaves nothing, or the former run", async () => {
    const parent = emptyFolder();
    const folder = join(parent, "mine");
    const fail = () =>
      withRunFolder(folder, options, async (run) => {
        await run.write("a", "half");
        throw new Error("boom");
      });
    await expect(fail()).rejects.toThrow("boom");
    expect(readdirSync(parent)).toEqual([]);
    await withRunFolder(folder, options, (run) => run.write("a", "whole"));
    await expect(fail()).rejects.toThrow("boom");
    expect(all(parent)).toEqual(["mine", "mine/a", "mine/run.json"]);
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("whole");
  });

  test("cancellation is heard at each write and at the end", async () => {
    const parent = emptyFolder();
    const controller = new AbortController();
    const run = await createRunFolder(join(parent, "mine"), { ...options, signal: controller.signal });
    await run.write("a", "1");
    controller.abort();
    await rejection(run.write("b", "2"), "ERR_ABORTED");
    await rejection(run.finish(), "ERR_ABORTED");
    await run.discard();
    expect(readdirSync(parent)).toEqual([]);
  });

  test("process.exit in the middle leaves nothing, and no listener outlives a run", async () => {
    const parent = emptyFolder();
    const before = process.listeners("exit");
    const run = await createRunFolder(join(parent, "mine"), options);
    await run.write("a", "1");
    expect(readdirSync(parent)).toHaveLength(1);
    const added = process.listeners("exit").filter((listener) => !before.includes(listener));
    expect(added).toHaveLength(1);
    added[0]!.call(process, 130);
    expect(readdirSync(parent)).toEqual([]);
    await run.discard();
    expect(process.listeners("exit")).toEqual(before);
  });

  test("what a killed run left is swept by the next one; that of a living one stays", async () => {
    const parent = emptyFolder();
    const host = hostname().replace(/[^A-Za-z0-9]/g, "") || "host";
    const dead = spawnSync(process.execPath, ["-e", ""]).pid;
    mkdirSync(join(parent, `.mine.partial-${host}-${dead}-0a1b2c`));
    mkdirSync(join(parent, `.mine.partial-${host}-1-0a1b2c`)); // process 1 always lives
    mkdirSync(join(parent, `.other.partial-${host}-${dead}-0a1b2c`));
    await withRunFolder(join(parent, "mine"), options, (run) => run.write("a", "1"));
    expect(readdirSync(parent).sort()).toEqual(
      [`.mine.partial-${host}-1-0a1b2c`, `.other.partial-${host}-${dead}-0a1b2c`, "mine"].sort(),
    );
  });

  test.each(["", "../a", "/a", "a/../../b", "run.json", ".", "a\\b"])(
    "refuses the file name %j",
    async (name) => {
      const run = await createRunFolder(join(emptyFolder(), "mine"), options);
      await rejection(run.write(name, "x"), "ERR_DOMAIN");
      await run.discard();
    },
  );

  test("refuses places that cannot be written before any work", async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, "file"), "");
    expect((await rejection(createRunFolder(join(folder, "file"), options), "ERR_FILE")).message).toMatch(
      /it is a file, expected a folder/,
    );
    await rejection(createRunFolder(join(folder, "file", "x"), options), "ERR_FILE");
    if (process.platform === "linux") await rejection(checkRunFolder("/proc/foretrain/x"), "ERR_FILE");
    expect(readdirSync(folder)).toEqual(["file"]);
  });
});

describe("verifyRun", () => {
  test("finds changed and missing files", async () => {
    const folder = join(emptyFolder(), "mine");
    await withRunFolder(folder, options, async (run) => {
      for (const name of ["a", "b", "c"]) await run.write(name, name);
    });
    expect(await verifyRun(folder)).toEqual([]);
    writeFileSync(join(folder, "a"), "x");
    rmSync(join(folder, "c"));
    expect(await verifyRun(folder)).toEqual([
      { name: "a", problem: "changed" },
      { name: "c", problem: "missing" },
    ]);
    expect((await readRunManifest(folder)).files).toHaveLength(3);
  });

  test("a folder without manifest is an error that says so", async () => {
    expect((await rejection(verifyRun(emptyFolder()), "ERR_FILE")).message).toMatch(/is no run folder/);
  });
});
