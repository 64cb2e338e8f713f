package postgres

import (
	"github.com/jackc/pgx/v5/pgproto3"

	"podsg/sandbox/postgres/internal/engine"
)

// sendResult sends a whole result in text format, as the simple protocol does.
func (k *connection) sendResult(result *engine.Result) error {
	if result.Columns != nil {
		k.sendDescription(result.Columns, nil)
	}
	if err := k.sendRows(result.Columns, result.Rows, nil); err != nil {
		return err
	}
	k.backend.Send(&pgproto3.CommandComplete{CommandTag: []byte(result.Tag)})
	return nil
}

// sendDescription describes columns, or says that there are none.
func (k *connection) sendDescription(columns []engine.Column, formats []int16) {
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

func (k *connection) sendRows(columns []engine.Column, rows [][]engine.Value, formats []int16) error {
	for _, row := range rows {
		data := &pgproto3.DataRow{Values: make([][]byte, len(row))}
		for i, v := range row {
			if v == nil {
				continue
			}
			if formatOf(formats, i) != pgproto3.BinaryFormat {
				data.Values[i] = []byte(engine.FormatText(columns[i].Type, v))
				continue
			}
			var err error
			if data.Values[i], err = engine.FormatBinary(columns[i].Type, v); err != nil {
				return err
			}
		}
		k.backend.Send(data)
	}
	return nil
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
