import ts from 'typescript';

/** The options that all type checks here share. */
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  types: ['node'],
  strict: true,
  allowJs: true,
  checkJs: true,
  noEmit: true,
  skipLibCheck: true,
};

/**
 * The errors that TypeScript finds in some files, by their paths.
 *
 * @param files on disk.
 * @param texts of files that are not on disk, by the paths that they would have.
 * @param declarations files that are read first and not checked.
 */
export function typeErrors(
  { files = [], texts = new Map() }: { files?: string[]; texts?: ReadonlyMap<string, string> },
  options: ts.CompilerOptions,
  declarations: string[] = [],
): Map<string, string[]> {
  const all = { ...OPTIONS, ...options };
  const disk = ts.createCompilerHost(all);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => texts.has(path) || disk.fileExists(path),
    readFile: (path) => texts.get(path) ?? disk.readFile(path),
    getSourceFile: (path, language, ...rest) => {
      const text = texts.get(path);
      return text === undefined
        ? disk.getSourceFile(path, language, ...rest)
        : ts.createSourceFile(path, text, language);
    },
  };
  const checked = [...files, ...texts.keys()];
  const program = ts.createProgram([...declarations, ...checked], all, host);
  return new Map(
    checked.map((path) => [
      path,
      ts
        .getPreEmitDiagnostics(program, program.getSourceFile(path))
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
    ]),
  );
}
