import { join } from 'node:path';
import ts from 'typescript';
import { repositoryRoot } from '../support/strapi';

/**
 * What TypeScript has against each of some sources, which are JavaScript modules or TypeScript.
 *
 * @param sources by names that need not exist, such as `config.ts`; they can import the plugin by its name.
 */
export function typeErrors(sources: Record<string, string>): Record<string, string[]> {
  const texts = new Map(
    Object.entries(sources).map(([name, text]) => [
      join(repositoryRoot, 'tests', 'docs', `virtual-${name}`),
      text,
    ]),
  );
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: ['node'],
    strict: true,
    // Snippets take the page's elements as given.
    strictNullChecks: false,
    // And JavaScript has no word for what Strapi hands to a function.
    noImplicitAny: false,
    allowJs: true,
    checkJs: true,
    noEmit: true,
    skipLibCheck: true,
    paths: {
      'strapi-plugin-cognito/client': [join(repositoryRoot, 'client', 'index.ts')],
      'strapi-plugin-cognito/config': [join(repositoryRoot, 'server', 'settings', 'config.ts')],
    },
  };
  const disk = ts.createCompilerHost(options);
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
  const program = ts.createProgram([...texts.keys()], options, host);
  const names = Object.keys(sources);
  return Object.fromEntries(
    [...texts.keys()].map((path, index) => [
      names[index]!,
      ts
        .getPreEmitDiagnostics(program, program.getSourceFile(path))
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
    ]),
  );
}
