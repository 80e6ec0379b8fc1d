import { stripVTControlCharacters } from 'node:util';
import type { Readable } from 'node:stream';

/** What a process has written, line by line, over both its streams. */
export class Output {
  /** Finished lines, without colours, oldest first, empty ones left out. */
  readonly lines: string[] = [];
  private readonly marks = new Map<string, { seen: number; resolve: () => void }>();

  /** Takes in all that a stream gives. */
  read(stream: Readable): void {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach((line) => this.add(line));
    });
    stream.on('end', () => this.add(rest));
  }

  /** Resolves when a line of this very text has come over both streams; the lines themselves are not kept. */
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
