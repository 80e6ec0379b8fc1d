import { stripVTControlCharacters } from 'node:util';
import type { Readable } from 'node:stream';

/** The output of a process, line by line, from both its streams. */
export class Output {
  /** Complete lines, without colours and without empty ones, oldest first. */
  readonly lines: string[] = [];
  private readonly marks = new Map<string, { seen: number; resolve: () => void }>();

  /** Reads a stream to its end, or until the returned function is called. */
  read(stream: Readable): () => void {
    let rest = '';
    stream.setEncoding('utf8');
    const add = (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach((line) => this.add(line));
    };
    const end = () => this.add(rest);
    stream.on('data', add).on('end', end);
    return () => stream.off('data', add).off('end', end);
  }

  /** Resolves when both streams have had a line with exactly this text; those lines are not kept. */
  marked(mark: string): Promise<void> {
    return new Promise((resolve) => this.marks.set(mark, { seen: 0, resolve }));
  }

  /** All lines as one text. */
  text(): string {
    return this.lines.join('\n');
  }

  private add(raw: string): void {
    const line = stripVTControlCharacters(raw).trimEnd();
    const mark = this.marks.get(line);
    if (mark) {
      mark.seen += 1;
      if (mark.seen === 2) {
        this.marks.delete(line);
        mark.resolve();
      }
    } else if (line !== '') {
      this.lines.push(line);
    }
  }
}
