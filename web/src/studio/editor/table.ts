// Rows and columns of a table: few commands, each one transaction. A cell holds a line of text, as in our documents.
import type { Editor } from "@tiptap/core";
import type { Node as DocNode, ResolvedPos } from "@tiptap/pm/model";
import { TextSelection } from "@tiptap/pm/state";

interface Place {
	table: DocNode;
	start: number;   /* of the table's content */
	row: number;
	column: number;
}

function depthOf($from: ResolvedPos, name: string): number {
	for (let depth = $from.depth; depth > 0; depth--)
		if ($from.node(depth).type.name === name)
			return depth;
	return 0;
}

/** Where the cursor is; null: in no table. */
export function place(editor: Editor): Place | null {
	const { $from } = editor.state.selection;
	const depth = depthOf($from, "table");
	if (!depth || $from.depth < depth + 2)
		return null;
	return { table: $from.node(depth), start: $from.start(depth), row: $from.index(depth), column: $from.index(depth + 1) };
}

export function newTable(rows: number, columns: number) {
	const row = (type: string) => ({ type: "tableRow", content: Array.from({ length: columns }, () => ({ type })) });
	return { type: "table", content: [row("tableHeader"), ...Array.from({ length: rows - 1 }, () => row("tableCell"))] };
}

function rowsOf(table: DocNode): DocNode[] {
	const rows: DocNode[] = [];
	table.forEach((row) => rows.push(row));
	return rows;
}

/** The table with other rows; without any, it goes. The cursor comes to the cell named. */
function replace(editor: Editor, at: Place, rows: DocNode[], row: number, column: number): boolean {
	const from = at.start - 1;
	const { tr } = editor.state;
	if (!rows.length || !rows[0]?.childCount) {
		editor.view.dispatch(tr.delete(from, from + at.table.nodeSize).scrollIntoView());
		return true;
	}
	const table = at.table.type.create(at.table.attrs, rows);
	tr.replaceWith(from, from + at.table.nodeSize, table);
	let position = at.start;
	for (let i = 0; i < Math.min(row, rows.length - 1); i++)
		position += table.child(i).nodeSize;
	const into = table.child(Math.min(row, rows.length - 1));
	position++;
	for (let i = 0; i < Math.min(column, into.childCount - 1); i++)
		position += into.child(i).nodeSize;
	tr.setSelection(TextSelection.near(tr.doc.resolve(position + 1)));
	editor.view.dispatch(tr.scrollIntoView());
	return true;
}

export function addRow(editor: Editor): boolean {
	const at = place(editor);
	if (!at)
		return false;
	const rows = rowsOf(at.table);
	const { tableRow, tableCell } = editor.schema.nodes;
	const width = rows[at.row]?.childCount ?? 1;
	rows.splice(at.row + 1, 0, tableRow!.create(null, Array.from({ length: width }, () => tableCell!.create())));
	return replace(editor, at, rows, at.row + 1, at.column);
}

export function addColumn(editor: Editor): boolean {
	const at = place(editor);
	if (!at)
		return false;
	const rows = rowsOf(at.table).map((row) => {
		const cells: DocNode[] = [];
		row.forEach((cell) => cells.push(cell));
		const beside = cells[Math.min(at.column, cells.length - 1)];
		cells.splice(at.column + 1, 0, (beside?.type ?? editor.schema.nodes.tableCell!).create());
		return row.type.create(row.attrs, cells);
	});
	return replace(editor, at, rows, at.row, at.column + 1);
}

export function dropRow(editor: Editor): boolean {
	const at = place(editor);
	return at ? replace(editor, at, rowsOf(at.table).filter((_, i) => i !== at.row), at.row, at.column) : false;
}

export function dropColumn(editor: Editor): boolean {
	const at = place(editor);
	if (!at)
		return false;
	const rows = rowsOf(at.table).map((row) => {
		const cells: DocNode[] = [];
		row.forEach((cell, _, i) => i !== at.column && cells.push(cell));
		return row.type.create(row.attrs, cells);
	});
	return replace(editor, at, rows, at.row, at.column);
}

/** To the next cell, or the one before; behind the last one comes a new row. */
function step(editor: Editor, by: 1 | -1): boolean {
	const at = place(editor);
	if (!at)
		return false;
	const width = at.table.child(at.row).childCount;
	let row = at.row;
	let column = at.column + by;
	if (column < 0 || column >= width) {
		row += by;
		column = by > 0 ? 0 : Math.max(0, (at.table.maybeChild(row)?.childCount ?? 1) - 1);
	}
	if (row < 0)
		return true;
	if (row >= at.table.childCount) {
		addRow(editor);
		return replace(editor, place(editor) ?? at, rowsOf((place(editor) ?? at).table), row, 0);
	}
	return replace(editor, at, rowsOf(at.table), row, column);
}

export function tableKeys(this: { editor: Editor }) {
	const { editor } = this;
	return {
		Tab: () => step(editor, 1),
		"Shift-Tab": () => step(editor, -1),
		Enter: () => (place(editor) ? editor.commands.setHardBreak() : false),
	};
}
