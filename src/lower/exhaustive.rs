//! Whether patterns cover every value of a type.
//!
//! The checker of `garble_lang` does this too, but it goes wrong where a struct pattern leaves fields out, and it
//! does not look at `let` and `for` at all. A value that no clause takes would get a result nobody wrote down.
//! Method: split the first column by its constructors and recur (Maranget, "Warnings for pattern matching",
//! JFP 2007).

use super::{
    LowerError,
    ir::{Part, Pattern},
    types::{Field, Kind, TypeId, Types},
};

/// How many rows may be looked at; beyond, the program is refused.
const MAX_ROWS: usize = 1 << 22;

/// A row of patterns, one per column; `None` matches everything.
type Row<'a> = Vec<Option<&'a Pattern>>;

/// Whether each value of the type is matched by one of the patterns.
pub(super) fn covers(types: &Types, ty: TypeId, patterns: &[&Pattern]) -> Result<bool, LowerError> {
    let rows = patterns
        .iter()
        .map(|pattern| vec![Some(*pattern)])
        .collect();
    let mut search = Search {
        types,
        rows_left: MAX_ROWS,
    };
    search.covers(&[ty], rows)
}

struct Search<'t, 'p> {
    types: &'t Types<'p>,
    rows_left: usize,
}

impl Search<'_, '_> {
    fn covers(&mut self, columns: &[TypeId], rows: Vec<Row>) -> Result<bool, LowerError> {
        self.rows_left =
            self.rows_left
                .checked_sub(rows.len() + 1)
                .ok_or(LowerError::TooMuchWork {
                    limit: MAX_ROWS as u64,
                })?;
        if rows.is_empty() {
            return Ok(false);
        }
        let Some((first, rest)) = columns.split_first() else {
            return Ok(true);
        };
        if rows.iter().all(|row| is_open(row[0])) {
            let rows = rows.into_iter().map(|row| row[1..].to_vec()).collect();
            return self.covers(rest, rows);
        }
        match self.types.kind(*first) {
            Kind::Bool => {
                for value in [false, true] {
                    let keep = |p: &Pattern| matches!(p, Pattern::Bool(b) if *b == value);
                    if !self.covers(rest, matching(&rows, keep))? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Kind::Int(int, _) => {
                let (low, high) = (int.min(), int.max());
                let mut starts = vec![low];
                for row in &rows {
                    if let Some(Pattern::Between(from, to)) = row[0] {
                        starts.extend([*from, *to + 1]);
                    }
                }
                starts.retain(|start| (low..=high).contains(start));
                starts.sort_unstable();
                starts.dedup();
                for start in starts {
                    let keep = |p: &Pattern| matches!(p, Pattern::Between(from, to) if (*from..=*to).contains(&start));
                    if !self.covers(rest, matching(&rows, keep))? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Kind::Tuple(fields) => {
                let fields = fields.clone();
                self.covers_parts(&fields, rest, &rows, None)
            }
            Kind::Struct(_, fields) => {
                let fields: Vec<Field> = fields.iter().map(|(_, field)| *field).collect();
                self.covers_parts(&fields, rest, &rows, None)
            }
            Kind::Enum(_, _, variants) => {
                for (number, (_, fields)) in variants.clone().iter().enumerate() {
                    let fields = fields.as_deref().unwrap_or_default();
                    if !self.covers_parts(fields, rest, &rows, Some(number))? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            // No pattern looks into an array.
            Kind::Array(_, _) => Ok(false),
        }
    }

    /// Replaces the first column by one column per field.
    fn covers_parts(
        &mut self,
        fields: &[Field],
        rest: &[TypeId],
        rows: &[Row],
        variant: Option<usize>,
    ) -> Result<bool, LowerError> {
        let columns: Vec<TypeId> = fields
            .iter()
            .map(|field| field.ty)
            .chain(rest.iter().copied())
            .collect();
        let mut split = Vec::with_capacity(rows.len());
        for row in rows {
            let parts: &[Part] = match row[0] {
                None | Some(Pattern::Bind(_)) => &[],
                Some(Pattern::Fields(parts)) if variant.is_none() => parts,
                Some(Pattern::Variant(number, parts)) if variant == Some(*number) => parts,
                Some(_) => continue,
            };
            let mut new = vec![None; fields.len()];
            for part in parts {
                if let Some(column) = new.get_mut(part.number) {
                    *column = Some(&part.pattern);
                }
            }
            new.extend_from_slice(&row[1..]);
            split.push(new);
        }
        self.covers(&columns, split)
    }
}

fn is_open(pattern: Option<&Pattern>) -> bool {
    matches!(pattern, None | Some(Pattern::Bind(_)))
}

/// The rows whose first pattern is open or kept, without that pattern.
fn matching<'a>(rows: &[Row<'a>], keep: impl Fn(&Pattern) -> bool) -> Vec<Row<'a>> {
    rows.iter()
        .filter(|row| is_open(row[0]) || row[0].is_some_and(&keep))
        .map(|row| row[1..].to_vec())
        .collect()
}
