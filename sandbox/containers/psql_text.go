package containers

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
)

// tableFormat is how psql prints results.
type tableFormat struct {
	unaligned  bool
	tuplesOnly bool
	separator  string // between fields when unaligned
	title      string
	empty      string // printed on no rows, instead of the table
}

// print writes one result.
func (f tableFormat) print(w io.Writer, r *pgconn.Result) {
	if f.empty != "" && len(r.Rows) == 0 {
		fmt.Fprint(w, f.empty)
		return
	}
	buffered := bufio.NewWriter(w)
	defer buffered.Flush()
	if f.unaligned {
		f.printUnaligned(buffered, r)
	} else {
		f.printAligned(buffered, r)
	}
}

func (f tableFormat) printUnaligned(w *bufio.Writer, r *pgconn.Result) {
	if !f.tuplesOnly {
		if f.title != "" {
			fmt.Fprintln(w, f.title)
		}
		names := make([]string, len(r.FieldDescriptions))
		for i, c := range r.FieldDescriptions {
			names[i] = c.Name
		}
		fmt.Fprintln(w, strings.Join(names, f.separator))
	}
	for _, row := range r.Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			if v != nil {
				cells[i] = string(v)
			}
		}
		fmt.Fprintln(w, strings.Join(cells, f.separator))
	}
	if !f.tuplesOnly {
		fmt.Fprintln(w, footer(len(r.Rows)))
	}
}

func footer(rows int) string {
	if rows == 1 {
		return "(1 row)"
	}
	return fmt.Sprintf("(%d rows)", rows)
}

// rightAligned are the ids of the number types, which psql aligns to the right.
var rightAligned = []uint32{20, 21, 23, 26, 28, 29, 700, 701, 790, 1700, 5069}

// printAligned draws a table of columns as wide as their widest line.
func (f tableFormat) printAligned(w *bufio.Writer, r *pgconn.Result) {
	widths := make([]int, len(r.FieldDescriptions))
	for i, c := range r.FieldDescriptions {
		widths[i] = utf8.RuneCountInString(c.Name)
	}
	rows := make([][][]string, len(r.Rows)) // row, column, line
	for i, row := range r.Rows {
		rows[i] = make([][]string, len(row))
		for j, v := range row {
			if v == nil {
				rows[i][j] = []string{""}
				continue
			}
			rows[i][j] = strings.Split(string(v), "\n")
			for _, line := range rows[i][j] {
				widths[j] = max(widths[j], utf8.RuneCountInString(line))
			}
		}
	}
	if !f.tuplesOnly {
		f.printHeader(w, r.FieldDescriptions, widths)
	}
	for _, row := range rows {
		printRow(w, r.FieldDescriptions, row, widths)
	}
	if !f.tuplesOnly {
		fmt.Fprintln(w, footer(len(rows)))
	}
	fmt.Fprintln(w)
}

func (f tableFormat) printHeader(w *bufio.Writer, columns []pgconn.FieldDescription, widths []int) {
	names, rules := make([]string, len(columns)), make([]string, len(columns))
	total := len(columns) - 1
	for i, c := range columns {
		space := widths[i] - utf8.RuneCountInString(c.Name)
		names[i] = strings.Repeat(" ", space/2+1) + c.Name + strings.Repeat(" ", space-space/2+1)
		rules[i] = strings.Repeat("-", widths[i]+2)
		total += widths[i] + 2
	}
	if f.title != "" {
		fmt.Fprintln(w, strings.Repeat(" ", max(0, (total-utf8.RuneCountInString(f.title))/2))+f.title)
	}
	fmt.Fprintln(w, strings.Join(names, "|"))
	fmt.Fprintln(w, strings.Join(rules, "+"))
}

// printRow prints the lines of one row; a + at the edge of a cell says that it goes on.
func printRow(w *bufio.Writer, columns []pgconn.FieldDescription, row [][]string, widths []int) {
	height := 1
	for _, cell := range row {
		height = max(height, len(cell))
	}
	for line := range height {
		for i, cell := range row {
			text := ""
			if line < len(cell) {
				text = cell[line]
			}
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text))
			more := line+1 < len(cell)
			last := i == len(row)-1
			w.WriteByte(' ')
			switch {
			case slices.Contains(rightAligned, columns[i].DataTypeOID):
				w.WriteString(space + text)
			case last && !more:
				w.WriteString(text)
			default:
				w.WriteString(text + space)
			}
			switch {
			case more:
				w.WriteByte('+')
			case !last:
				w.WriteByte(' ')
			}
			if !last {
				w.WriteByte('|')
			}
		}
		w.WriteByte('\n')
	}
}

// Widths of the excerpt below an error, as in libpq.
const (
	excerptWidth    = 60
	excerptRightCut = 10
)

// errorPosition draws the line of a query with the place of an error, from its 1-based
// character position.
func errorPosition(query string, position int) string {
	all := []rune(query)
	if position < 1 || position > len(all)+1 {
		return ""
	}
	at := position - 1
	begin, number := 0, 1
	for i, r := range all[:at] {
		if r == '\n' {
			begin, number = i+1, number+1
		}
	}
	end := begin
	for end < len(all) && all[end] != '\n' {
		end++
	}
	left, right := "", ""
	if end-begin > excerptWidth {
		if begin+excerptWidth >= at+excerptRightCut {
			end, right = begin+excerptWidth, "..."
		} else {
			if at+excerptRightCut < end {
				end, right = at+excerptRightCut, "..."
			}
			if end-begin > excerptWidth {
				begin, left = end-excerptWidth, "..."
			}
		}
	}
	line := fmt.Sprintf("LINE %d: %s", number, left)
	caret := strings.Repeat(" ", utf8.RuneCountInString(line)+at-begin) + "^"
	excerpt := strings.ReplaceAll(string(all[begin:end]), "\t", " ")
	return line + excerpt + right + "\n" + caret + "\n"
}

// statementSplitter reads a script statement by statement, as psql does: up to a semicolon
// outside of quotes and comments, or a backslash command up to the end of its line.
type statementSplitter struct {
	reader *bufio.Reader
	line   int    // of what was read last
	rest   string // of the current line
}

// next returns the next statement without the white space before it. At the end of the script
// it returns what is left, with an error.
func (s *statementSplitter) next() (text string, isCommand bool, err error) {
	var b strings.Builder
	var quote string // the end that is waited for: ' " $tag$ or */
	for {
		if s.rest == "" {
			var line string
			if line, err = s.reader.ReadString('\n'); line == "" {
				return strings.TrimSpace(b.String()), false, err
			}
			s.line++
			s.rest = line
		}
		if b.Len() == 0 {
			s.rest = strings.TrimLeft(s.rest, " \t\r\n")
			if strings.HasPrefix(s.rest, `\`) {
				text, s.rest = strings.TrimSpace(s.rest), ""
				return text, true, nil
			}
		}
		for s.rest != "" {
			taken, done := s.piece(&quote)
			b.WriteString(taken)
			if done {
				return b.String(), false, nil
			}
		}
	}
}

// piece takes the next piece of the line; done says that it ends a statement.
func (s *statementSplitter) piece(quote *string) (taken string, done bool) {
	take := func(n int) string {
		taken, s.rest = s.rest[:n], s.rest[n:]
		return taken
	}
	if *quote != "" {
		if end := strings.Index(s.rest, *quote); end >= 0 {
			n := end + len(*quote)
			*quote = ""
			return take(n), false
		}
		return take(len(s.rest)), false
	}
	switch {
	case strings.HasPrefix(s.rest, "--"):
		// psql sends no comments at the end of lines, but their line ends.
		s.rest = "\n"
		return take(1), false
	case strings.HasPrefix(s.rest, "/*"):
		*quote = "*/"
		return take(2), false
	case s.rest[0] == '\'' || s.rest[0] == '"':
		*quote = s.rest[:1]
		return take(1), false
	case s.rest[0] == '$':
		if end := strings.IndexByte(s.rest[1:], '$'); end >= 0 && !strings.ContainsAny(s.rest[1:1+end], " \t'\"();") {
			*quote = s.rest[:end+2]
			return take(end + 2), false
		}
		return take(1), false
	case s.rest[0] == ';':
		return take(1), true
	}
	return take(1), false
}
