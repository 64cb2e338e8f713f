package postgres

import (
	"github.com/jackc/pgx/v5/pgproto3"

	"podsg/sandbox/postgres/internal/datum"
	"podsg/sandbox/postgres/internal/engine"
)

// sendResult sends a whole result in text format, as the simple protocol does.
func (k *connection) sendResult(result *engine.Result) {
	if result.Columns != nil {
		k.sendDescription(result.Columns, nil)
	}
	k.sendRows(result.Columns, result.Rows, nil)
	k.backend.Send(&pgproto3.CommandComplete{CommandTag: []byte(result.Tag)})
}

// sendDescription describes columns, or says that there are none.
func (k *connection) sendDescription(columns []datum.Column, formats []int16) {
	if columns == nil {
		k.backend.Send(&pgproto3.NoData{})
		return
	}
	description := &pgproto3.RowDescription{Fields: make([]pgproto3.FieldDescription, len(columns))}
	for i, c := range columns {
		description.Fields[i] = pgproto3.FieldDescription{
			Name: []byte(c.Name), DataTypeOID: uint32(c.Type), DataTypeSize: c.Type.Size(),
			TypeModifier: -1, Format: formatOf(formats, i),
		}
	}
	k.backend.Send(description)
}

func (k *connection) sendRows(columns []datum.Column, rows [][]datum.Value, formats []int16) {
	for _, row := range rows {
		data := &pgproto3.DataRow{Values: make([][]byte, len(row))}
		for i, v := range row {
			switch {
			case v == nil:
			case formatOf(formats, i) == pgproto3.BinaryFormat:
				data.Values[i] = datum.FormatBinary(columns[i].Type, v)
			default:
				data.Values[i] = []byte(datum.FormatText(v))
			}
		}
		k.backend.Send(data)
	}
}

// formatOf is the format of value i: none given means text, one counts for all.
func formatOf(formats []int16, i int) int16 {
	switch len(formats) {
	case 0:
		return pgproto3.TextFormat
	case 1:
		return formats[0]
	}
	return formats[i]
}
