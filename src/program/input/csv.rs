//! Inputs as CSV (RFC 4180, by the core of the `csv` crate): a header row, then one record for each element of the array.
//!
//! The header names the fields of a struct, in any order; fields of fields stand as `outer.inner`. For tuples and single
//! values the columns stand in order and may have any names. Nothing is trimmed, and nothing is passed over: an empty
//! line between records is an error like any other.

use csv_core::{ReadRecordResult, Reader};
use garble_lang::{
    ast::{Type, Variant},
    literal::Literal,
    token::UnsignedNumType,
};

use zeroize::Zeroizing;

use super::{InputError, Secret, scalar};
use crate::lower::Interface;

/// More columns than a person's table has.
const MAX_COLUMNS: usize = 4096;

/// Reads a value of a type.
pub(super) fn read(text: &str, ty: &Type, interface: &Interface) -> Result<Literal, InputError> {
    let (element, count) = match ty {
        Type::Array(element, count) => (element.as_ref(), Some(*count)),
        _ => (ty, None),
    };
    let table = Table::read(text)?;
    let mut columns = vec![];
    leaves(element, String::new(), interface, &mut columns)?;
    let order = table.order(element, &columns, interface)?;
    let rows = table.records.iter().enumerate().map(|(i, record)| {
        let mut cells = Cells {
            record,
            columns: &columns,
            order: &order,
            next: 0,
            place: format!("row {} (line {})", i + 1, record.1),
            interface,
        };
        build(element, &mut cells)
    });
    let mut values = rows.collect::<Result<Vec<Literal>, InputError>>()?;
    match count {
        Some(count) if values.len() == count => Ok(Literal::Array(values)),
        Some(count) => {
            let found = values.len();
            drop(Secret(Literal::Array(values)));
            Err(InputError::new(format!("has {found} records, not {count}")))
        }
        None if values.len() == 1 => values.pop().ok_or_else(|| InputError::new("is empty")),
        None => Err(InputError::new(format!(
            "has {} records, but one value is wanted",
            values.len()
        ))),
    }
}

/// How many records there are.
pub(super) fn length(text: &str) -> Option<usize> {
    Some(Table::read(text).ok()?.records.len())
}

/// Its cells, and the line at which it begins.
type Record = (Vec<Zeroizing<String>>, u64);

/// The file as it stands: names of columns, and records with the lines at which they begin.
struct Table {
    header: Vec<String>,
    records: Vec<Record>,
}

impl Table {
    fn read(text: &str) -> Result<Self, InputError> {
        check_quotes(text)?;
        let at_line = |line: u64, why: &str| InputError {
            at: format!("at line {line}"),
            ..InputError::new(why)
        };
        let mut reader = Reader::new();
        let mut rest = text.as_bytes();
        let mut fields = Zeroizing::new(vec![0; rest.len() + 1]);
        let mut ends = vec![0; MAX_COLUMNS + 1];
        let mut line = 1;
        let mut after_return = false;
        let mut rows: Vec<Record> = vec![];
        loop {
            if after_return && rest.first() == Some(&b'\n') {
                (line, rest) = (line + 1, &rest[1..]);
            }
            if matches!(rest, [b'\r' | b'\n', ..]) && !rest.iter().all(u8::is_ascii_whitespace) {
                return Err(at_line(line, "is an empty line"));
            }
            let (mut filled, mut ended) = (0, 0);
            let begin = rest;
            let outcome = loop {
                let (outcome, read, written, closed) =
                    reader.read_record(rest, &mut fields[filled..], &mut ends[ended..]);
                rest = rest.get(read..).unwrap_or_default();
                (filled, ended) = (filled + written, ended + closed);
                // Without more text it is asked once more, for the last record.
                if outcome != ReadRecordResult::InputEmpty {
                    break outcome;
                }
            };
            match outcome {
                ReadRecordResult::Record => {}
                ReadRecordResult::End => break,
                _ => return Err(at_line(line, "has too many columns")),
            }
            let mut from = 0;
            let cells = ends[..ended].iter().map(|end| {
                let cell = fields.get(std::mem::replace(&mut from, *end)..*end);
                let cell = cell.and_then(|cell| std::str::from_utf8(cell).ok());
                Zeroizing::new(cell.unwrap_or_default().to_string())
            });
            rows.push((cells.collect(), line));
            let consumed = &begin[..begin.len() - rest.len()];
            line += consumed.iter().filter(|byte| **byte == b'\n').count() as u64;
            after_return = consumed.last() == Some(&b'\r');
        }
        if rows.is_empty() {
            return Err(InputError::new("is empty: a header row is missing"));
        }
        let (header, _) = rows.remove(0);
        let header: Vec<String> = header.iter().map(|name| name.to_string()).collect();
        for (i, (record, line)) in rows.iter().enumerate() {
            if record.len() != header.len() {
                return Err(InputError {
                    at: format!("at row {} (line {line})", i + 1),
                    ..InputError::new(format!(
                        "has {} columns, but the header has {}",
                        record.len(),
                        header.len()
                    ))
                });
            }
        }
        Ok(Self {
            header,
            records: rows,
        })
    }

    /// For each column of the type, where it stands in the file.
    fn order(
        &self,
        element: &Type,
        columns: &[(String, Type)],
        interface: &Interface,
    ) -> Result<Vec<usize>, InputError> {
        let at_header = |why: String| InputError {
            at: "at the header".into(),
            ..InputError::new(why)
        };
        if let Some(twice) = (self.header.iter().enumerate())
            .find_map(|(i, name)| self.header[..i].contains(name).then_some(i))
        {
            let column = twice + 1;
            return Err(at_header(format!("has the name of column {column} twice")));
        }
        if !matches!(element, Type::Struct(_)) {
            if self.header.len() != columns.len() {
                let (found, wanted) = (self.header.len(), columns.len());
                let hint = match self.header.iter().any(|name| name.contains(';')) {
                    true => " (columns are separated by commas)",
                    false => "",
                };
                return Err(at_header(format!(
                    "has {found} columns, not {wanted}{hint}"
                )));
            }
            let is_value = |(name, (_, ty)): (&String, &(String, Type))| {
                scalar::cell(ty, name, interface).is_ok()
            };
            if self.header.iter().zip(columns).all(is_value) {
                return Err(at_header(
                    "holds values: the first row must name the columns".into(),
                ));
            }
            return Ok((0..columns.len()).collect());
        }
        let known = |name: &String| columns.iter().any(|(column, _)| column == name);
        if let Some(i) = self.header.iter().position(|name| !known(name)) {
            let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
            return Err(at_header(format!(
                "has a name in column {} that is no field: the fields are {}",
                i + 1,
                names.join(", ")
            )));
        }
        let place = |(name, _): &(String, Type)| {
            let found = self.header.iter().position(|it| it == name);
            found.ok_or_else(|| at_header(format!("has no column `{name}`")))
        };
        columns.iter().map(place).collect()
    }
}

/// The single values that an element is made of, in order, with their names.
fn leaves(
    ty: &Type,
    name: String,
    interface: &Interface,
    to: &mut Vec<(String, Type)>,
) -> Result<(), InputError> {
    let inner = |part: &str| match name.as_str() {
        "" => part.to_string(),
        name => format!("{name}.{part}"),
    };
    let unfit = |why: &str| InputError::new(format!("can't be CSV, for {why}: use JSON"));
    if to.len() >= MAX_COLUMNS {
        return Err(unfit("a record has too many values"));
    }
    match ty {
        Type::Array(element, _) if **element == Type::Unsigned(UnsignedNumType::U8) => {
            to.push((name, ty.clone()));
        }
        Type::Array(element, count) => {
            for i in 0..*count {
                leaves(element, inner(&i.to_string()), interface, to)?;
            }
        }
        Type::Tuple(parts) => {
            for (i, part) in parts.iter().enumerate() {
                leaves(part, inner(&i.to_string()), interface, to)?;
            }
        }
        Type::Struct(of) => {
            let definition = interface.definitions.struct_defs.get(of);
            for (field, ty) in definition.into_iter().flat_map(|it| &it.fields) {
                leaves(ty, inner(field), interface, to)?;
            }
        }
        Type::Enum(of) => {
            let definition = interface.definitions.enum_defs.get(of);
            let mut variants = definition.into_iter().flat_map(|it| &it.variants);
            if variants.any(|it| matches!(it, Variant::Tuple(..))) {
                return Err(unfit("a variant has data"));
            }
            to.push((name, ty.clone()));
        }
        _ => to.push((name, ty.clone())),
    }
    Ok(())
}

/// The cells of a record in the order of the type's values.
struct Cells<'a> {
    record: &'a Record,
    columns: &'a [(String, Type)],
    order: &'a [usize],
    next: usize,
    place: String,
    interface: &'a Interface,
}

impl Cells<'_> {
    fn next(&mut self) -> Result<Literal, InputError> {
        let (column, cell) = (self.columns.get(self.next), self.order.get(self.next));
        let cell = cell.and_then(|at| Some((*at, self.record.0.get(*at)?)));
        let (Some((name, ty)), Some((at, content))) = (column, cell) else {
            return Err(InputError::new("has too few columns"));
        };
        self.next += 1;
        scalar::cell(ty, content, self.interface).map_err(|why| {
            let column = match name.as_str() {
                "" => (at + 1).to_string(),
                name => name.to_string(),
            };
            InputError {
                at: format!("at {}, column {column}", self.place),
                why,
                expected: Some(ty.to_string()),
            }
        })
    }
}

fn build(ty: &Type, cells: &mut Cells) -> Result<Literal, InputError> {
    match ty {
        Type::Array(element, _) if **element == Type::Unsigned(UnsignedNumType::U8) => cells.next(),
        Type::Array(element, count) => {
            let values = (0..*count).map(|_| build(element, cells));
            Ok(Literal::Array(values.collect::<Result<_, _>>()?))
        }
        Type::Tuple(parts) => {
            let values = parts.iter().map(|part| build(part, cells));
            Ok(Literal::Tuple(values.collect::<Result<_, _>>()?))
        }
        Type::Struct(name) => {
            let interface = cells.interface;
            let definition = interface.definitions.struct_defs.get(name);
            let fields = definition.into_iter().flat_map(|it| &it.fields);
            let fields = fields.map(|(field, ty)| Ok((field.clone(), build(ty, cells)?)));
            Ok(Literal::Struct(
                name.clone(),
                fields.collect::<Result<_, InputError>>()?,
            ))
        }
        _ => cells.next(),
    }
}

/// RFC 4180 knows quotes around a whole field, and doubled ones within; the reader takes others as they come.
fn check_quotes(text: &str) -> Result<(), InputError> {
    #[derive(PartialEq)]
    enum State {
        Start,
        Plain,
        Quoted(usize),
        Closed,
    }
    let wrong = |line: usize, why: &str| InputError {
        at: format!("at line {line}"),
        ..InputError::new(why)
    };
    let (mut state, mut line) = (State::Start, 1);
    for c in text.chars() {
        state = match (state, c) {
            (State::Quoted(_), '"') => State::Closed,
            (State::Quoted(from), _) => State::Quoted(from),
            (State::Closed, '"') => State::Quoted(line),
            (State::Start, '"') => State::Quoted(line),
            (State::Plain, '"') => {
                return Err(wrong(line, "has a quote in the midst of a field"));
            }
            (_, ',' | '\n' | '\r') => State::Start,
            (State::Closed, _) => return Err(wrong(line, "goes on after a closing quote")),
            (State::Start | State::Plain, _) => State::Plain,
        };
        line += usize::from(c == '\n');
    }
    match state {
        State::Quoted(from) => Err(wrong(from, "has a quote that is not closed")),
        _ => Ok(()),
    }
}
