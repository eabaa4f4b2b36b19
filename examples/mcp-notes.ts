// A small MCP server that keeps notes in the folder it is started in: `node examples/mcp-notes.ts`, over stdio.
import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

const folder = 'notes';
const fileOf = (title: string) => `${folder}/${basename(title)}.md`;
const said = (text: string) => ({ content: [{ type: 'text' as const, text }] });
const server = new McpServer({ name: 'notes', version: '1.0.0' });

server.registerTool(
  'add_note',
  { description: 'Adds a line to a note', inputSchema: { title: z.string().min(1), text: z.string() } },
  async ({ title, text }) => {
    await mkdir(folder, { recursive: true });
    await appendFile(fileOf(title), `${text}\n`);
    return said(`added to ${fileOf(title)}`);
  },
);

server.registerTool(
  'count_words',
  { description: 'Counts the words of all notes, one note after the other' },
  async ({ _meta, sendNotification }) => {
    const names = await readdir(folder);
    const progressToken = _meta?.progressToken;
    let words = 0;
    for (const [i, name] of names.entries()) {
      words += (await readFile(`${folder}/${name}`, 'utf8')).split(/\s+/).filter(Boolean).length;
      if (progressToken === undefined) continue;
      const params = { progressToken, progress: i + 1, total: names.length, message: name };
      await sendNotification({ method: 'notifications/progress', params });
    }
    return said(`${words} words in ${names.length} notes`);
  },
);

await server.connect(new StdioServerTransport());
