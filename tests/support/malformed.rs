//! Inputs that are not of their type: the type, the file's name, its content, and the place that the error names.

/// A type, a file, its content, and what the error must say of the place.
pub type Case = (String, String, Vec<u8>, String);

/// All cases.
pub fn cases() -> Vec<Case> {
    let mut cases = vec![];
    for (ty, place, contents) in json() {
        for content in contents {
            cases.push((ty, "bad.json", content.as_bytes(), place));
        }
    }
    for (ty, place, contents) in csv() {
        for content in contents {
            cases.push((ty, "bad.csv", content.as_bytes(), place));
        }
    }
    for (ty, place, contents) in literals() {
        for content in contents {
            cases.push((ty, "bad.txt", content.as_bytes(), place));
        }
    }
    cases.extend(bytes());
    let own = |(ty, file, content, place): (&str, &str, &[u8], &str)| {
        (ty.into(), file.into(), content.into(), place.into())
    };
    cases.into_iter().map(own).collect()
}

type Group = (&'static str, &'static str, &'static [&'static str]);

const ROW: &str = "Row";

fn json() -> Vec<Group> {
    vec![
        (
            "u8",
            "at the top",
            &[
                "256",
                "-1",
                "1000000000000",
                "18446744073709551615",
                "18446744073709551616",
                "1.0",
                "1e3",
                "0.5",
                "-0.0",
                "1E2",
                "true",
                "null",
                "[]",
                "[1]",
                "{}",
                "{\"secret\": 1}",
                "\"1\"",
                "\"secret\"",
                "\"\"",
            ],
        ),
        (
            "u8",
            "at line 1",
            &[
                "", "   ", "01", "+1", "1 2", "1,", "0x10", "1_000", "NaN", "Infinity", "-", "'1'",
                "secret", "1 // one",
            ],
        ),
        ("i8", "at the top", &["128", "-129", "1.5", "-1e1", "false"]),
        (
            "i64",
            "at the top",
            &["9223372036854775808", "-9223372036854775809", "1e0"],
        ),
        (
            "u64",
            "at the top",
            &[
                "18446744073709551616",
                "-1",
                "1e19",
                "18446744073709551615.0",
            ],
        ),
        ("usize", "at the top", &["4294967296", "-1"]),
        (
            "bool",
            "at the top",
            &["0", "1", "\"true\"", "\"secret\"", "null", "[true]"],
        ),
        ("bool", "at line 1", &["True", "TRUE", "yes"]),
        (
            "[u8; 3]",
            "at the top",
            &[
                "[1, 2]",
                "[]",
                "[1, 2, 3, 4]",
                "\"ab\"",
                "\"abcd\"",
                "\"\"",
                "\"\u{e9}\u{e9}\"",
                "7",
                "{}",
                "true",
            ],
        ),
        (
            "[u8; 3]",
            "at [1]",
            &[
                "[1, 256, 3]",
                "[1, -1, 3]",
                "[1, 2.0, 3]",
                "[1, \"2\", 3]",
                "[1, null, 3]",
                "[1, [2], 3]",
                "[1, true, 3]",
            ],
        ),
        (
            "[u8; 3]",
            "at line 1",
            &[
                "[1, 2, 3",
                "[1, 2 3]",
                "[1, 2, 3]]",
                "[1, 2, 3] 4",
                "[1,, 3]",
                "\"ab",
            ],
        ),
        ("[u8; 3]", "at line 2", &["[1, 2,\n 3}"]),
        (
            "(u8, bool)",
            "at the top",
            &[
                "[1]",
                "[1, true, 2]",
                "1",
                "{\"0\": 1, \"1\": true}",
                "\"ab\"",
            ],
        ),
        ("(u8, bool)", "at [1]", &["[1, 1]", "[1, \"true\"]"]),
        (
            "Inner",
            "at the top",
            &[
                "{\"a\": 1}",
                "{\"b\": true}",
                "{}",
                "[1, true]",
                "1",
                "\"secret\"",
                "null",
            ],
        ),
        (
            "Inner",
            "at .c",
            &["{\"a\": 1, \"b\": true, \"c\": 2}", "{\"c\": 0}"],
        ),
        ("Inner", "at .A", &["{\"A\": 1, \"b\": true}"]),
        (
            "Inner",
            "at .a",
            &[
                "{\"a\": 300, \"b\": true}",
                "{\"a\": 1, \"a\": 2, \"b\": true}",
                "{\"a\": 1, \"b\": true, \"a\": 1}",
                "{\"a\": null, \"b\": true}",
            ],
        ),
        (
            "Inner",
            "at line 1",
            &[
                "{\"a\": 1, \"b\": true",
                "{a: 1, b: true}",
                "{\"a\": 1 \"b\": true}",
                "{\"a\": 1, \"b\": true,}",
            ],
        ),
        (
            "Nested",
            "at .inner.a",
            &["{\"inner\": {\"a\": -1, \"b\": true}, \"pair\": [1, 1]}"],
        ),
        (
            "Nested",
            "at .pair[1]",
            &["{\"pair\": [1, 128], \"inner\": {\"a\": 1, \"b\": true}}"],
        ),
        (
            "Nested",
            "at .inner",
            &["{\"pair\": [1, 1], \"inner\": {\"a\": 1}}"],
        ),
        (
            "Kind",
            "at the top",
            &[
                "\"plain\"",
                "\"secret\"",
                "0",
                "{}",
                "\"\"",
                "[\"Plain\"]",
                "null",
            ],
        ),
        ("Kind", "at .Plain", &["{\"Plain\": []}"]),
        (
            "Choice",
            "at the top",
            &[
                "\"One\"",
                "\"secret\"",
                "{}",
                "{\"One\": 1, \"Two\": [1, true]}",
            ],
        ),
        (
            "Choice",
            "at .One",
            &["{\"One\": 256}", "{\"One\": [1]}", "{\"One\": \"1\"}"],
        ),
        (
            "Choice",
            "at .Two",
            &["{\"Two\": [1]}", "{\"Two\": [1, true, 2]}", "{\"Two\": 1}"],
        ),
        ("Choice", "at .Two[1]", &["{\"Two\": [1, 2]}"]),
        ("Choice", "at .Three", &["{\"Three\": 1}"]),
        (
            "[Row; ROWS]",
            "at [0].kind",
            &["[{\"id\": 1, \"pay\": 1, \"code\": \"ABCD\", \"kind\": \"secret\"}]"],
        ),
        (
            "[Row; ROWS]",
            "at [0].code",
            &[
                "[{\"id\": 1, \"pay\": 1, \"code\": \"ABC\", \"kind\": \"Plain\"}]",
                "[{\"id\": 1, \"pay\": 1, \"code\": \"secret\", \"kind\": \"Plain\"}]",
            ],
        ),
        (
            "[Row; ROWS]",
            "at [1].pay",
            &[
                "[{\"id\": 1, \"pay\": 1, \"code\": \"ABCD\", \"kind\": \"Plain\"}, {\"id\": 1, \"pay\": 32768}]",
                "[{\"id\": 1, \"pay\": 1, \"code\": \"ABCD\", \"kind\": \"Plain\"}, {\"pay\": \"secret\"}]",
            ],
        ),
        (
            "[bool; 2]",
            "in bad.json",
            &[
                "{\"Array\":[\"True\"]}",
                "{\"Array\":[\"True\",{\"NumUnsigned\":[1,\"U8\"]}]}",
                "{\"Tuple\":[\"True\",\"False\"]}",
            ],
        ),
        (
            "u8",
            "in bad.json",
            &[
                "{\"NumUnsigned\":[300,\"U8\"]}",
                "{\"NumUnsigned\":[3,\"U16\"]}",
                "{\"NumSigned\":[3,\"I8\"]}",
            ],
        ),
    ]
}

fn csv() -> Vec<Group> {
    vec![
        (
            "[u8; 2]",
            "at row 1 (line 2), column 1",
            &[
                "n\n256\n1\n",
                "n\n-1\n1\n",
                "n\n1.0\n1\n",
                "n\n1e1\n1\n",
                "n\n 1\n1\n",
                "n\n1 \n1\n",
                "n\n+1\n1\n",
                "n\n01\n1\n",
                "n\nsecret\n1\n",
                "n\n\"\"\n1\n",
                "n\n-0\n1\n",
                "n\n0x1\n1\n",
                "n\n\"1,000\"\n1\n",
                "n\n--1\n1\n",
                "n\n99999999999999999999999999999999999999999999\n1\n",
            ],
        ),
        (
            "[u8; 2]",
            "at row 2 (line 3), column 1",
            &["n\n1\n256\n", "n\r\n1\r\n256\r\n", "n\n1\nx"],
        ),
        ("[u8; 2]", "has", &["n\n1\n", "n\n1\n2\n3\n", "n\n", "n"]),
        ("[u8; 2]", "in bad.csv", &["", "\n", "\n\n"]),
        (
            "[u8; 2]",
            "at the header",
            &["1\n2\n", "1\n2\n3\n", "a,b\n1,2\n3,4\n", "a,a\n1,2\n3,4\n"],
        ),
        (
            "[u8; 2]",
            "at line",
            &[
                "n\n1\n\n2\n",
                "n\n\n1\n2\n",
                "\nn\n1\n2\n",
                "n\r\n1\r\n\r\n2\r\n",
            ],
        ),
        (
            "[u8; 2]",
            "at line",
            &[
                "n\n\"1\n2\n",
                "n\n1\"\n2\n",
                "n\n\"1\"2\n3\n",
                "\"n\n1\n2\n",
                "n\n1\n2\n\"secret",
            ],
        ),
        ("[u8; 2]", "at row 1", &["n\n1,2\n3\n", "n\n1,\n2\n"]),
        ("[u8; 2]", "at row 2", &["n\n1\n2,3\n"]),
        (
            "[bool; 1]",
            "at row 1",
            &[
                "n\n1\n",
                "n\nTrue\n",
                "n\nyes\n",
                "n\nsecret\n",
                "n\n true\n",
            ],
        ),
        (
            "[(u8, bool); ROWS]",
            "at the header",
            &[
                "id\n1\n",
                "id;ok\n1;true\n",
                "id,ok,more\n1,true,1\n",
                "1,true\n2,false\n",
                "id,id\n1,true\n",
            ],
        ),
        (
            "[(u8, bool); ROWS]",
            "at row 1",
            &["id,ok\n1\n", "id,ok\n1,true,2\n", "id,ok\n1;true\n"],
        ),
        (
            "[(u8, bool); ROWS]",
            "column 0",
            &["id,ok\n300,true\n", "id,ok\ntrue,1\n"],
        ),
        ("[(u8, bool); ROWS]", "column 1", &["id,ok\n3,1\n"]),
        (
            "[Row; ROWS]",
            "at the header",
            &[
                "id,pay,code\n1,1,ABCD\n",
                "id,pay,code,kind,more\n1,1,ABCD,Plain,1\n",
                "id,pay,code,Kind\n1,1,ABCD,Plain\n",
                "id, pay, code, kind\n1,1,ABCD,Plain\n",
                "id,pay,code,kind,id\n1,1,ABCD,Plain,1\n",
                "1,1,ABCD,Plain\n",
                "id;pay;code;kind\n1;1;ABCD;Plain\n",
                "id\tpay\tcode\tkind\n1\t1\tABCD\tPlain\n",
            ],
        ),
        (
            "[Row; ROWS]",
            "at row 1 (line 2), column pay",
            &[
                "id,pay,code,kind\n1,32768,ABCD,Plain\n",
                "id,pay,code,kind\n1,,ABCD,Plain\n",
            ],
        ),
        (
            "[Row; ROWS]",
            "at row 2 (line 3), column code",
            &[
                "id,pay,code,kind\n1,1,ABCD,Plain\n2,2,ABC,Plain\n",
                "id,pay,code,kind\n1,1,ABCD,Plain\n2,2,ABC\u{e9},Plain\n",
            ],
        ),
        (
            "[Row; ROWS]",
            "at row 1 (line 2), column kind",
            &[
                "kind,id,pay,code\nplain,1,1,ABCD\n",
                "kind,id,pay,code\n,1,1,ABCD\n",
                "kind,id,pay,code\nsecret,1,1,ABCD\n",
            ],
        ),
        (
            "[Nested; ROWS]",
            "at the header",
            &["inner,pair\n1,2\n", "inner.a,inner.b,pair.0\n1,true,1\n"],
        ),
        (
            "[Nested; ROWS]",
            "column pair.1",
            &["inner.a,inner.b,pair.0,pair.1\n1,true,1,128\n"],
        ),
        ("[Choice; ROWS]", "use JSON", &["choice\nNone\n"]),
        ("Inner", "records", &["a,b\n1,true\n2,false\n", "a,b\n"]),
    ]
}

fn literals() -> Vec<Group> {
    vec![
        (
            "u8",
            "in bad.txt",
            &[
                "", " ", "256", "-1", "300u8", "1u16", "1 2", "true", "[1]", "(1)2", "1;", "x",
                "secret", "\"1\"", "1.0", "\u{e9}",
            ],
        ),
        ("i8", "in bad.txt", &["128", "-129", "--1", "- ", "1u8"]),
        (
            "bool",
            "in bad.txt",
            &["1", "True", "\"true\"", "true false"],
        ),
        (
            "[u8; 2]",
            "in bad.txt",
            &[
                "[1]",
                "[1, 2, 3]",
                "[1, 256]",
                "[1, true]",
                "[1, 2",
                "1, 2",
                "(1, 2)",
                "[1; 3]",
                "[[1, 2]]",
                "0..3",
            ],
        ),
        (
            "(u8, bool)",
            "in bad.txt",
            &["(1)", "(1, 2)", "(true, 1)", "(1, true, 2)", "(1, true"],
        ),
        (
            "Inner",
            "in bad.txt",
            &[
                "Inner { a: 1 }",
                "Inner { a: 1, b: true, c: 2 }",
                "Outer { a: 1, b: true }",
                "Inner { a: 300, b: true }",
                "Inner { a: 1, b: 1 }",
                "{ a: 1, b: true }",
            ],
        ),
        (
            "Kind",
            "in bad.txt",
            &[
                "Plain",
                "Kind::Secret",
                "Kind::Plain(1)",
                "Choice::None",
                "Kind::",
            ],
        ),
        (
            "Choice",
            "in bad.txt",
            &[
                "Choice::One",
                "Choice::One(256)",
                "Choice::Two(1)",
                "Choice::None(1)",
            ],
        ),
    ]
}

fn bytes() -> Vec<(&'static str, &'static str, &'static [u8], &'static str)> {
    vec![
        (ROW, "bad.json", b"\xff\xfe{\x00}\x00", "UTF-16"),
        (ROW, "bad.csv", b"\xfe\xff\x00a", "UTF-16"),
        ("u8", "bad.json", b"\xef\xbb\xbf\xef\xbb\xbf1", "at line 1"),
        ("[u8; 2]", "bad.csv", b"n\n1\n\xe9\n", "at line 3"),
        ("[u8; 2]", "bad.json", b"[1,\n\xc3]", "at line 2"),
        ("u8", "bad.txt", b"\x80", "at line 1"),
        ("u8", "bad.txt", b"1\x00", "in bad.txt"),
        ("u8", "bad.json", b"1\x00", "at line 1"),
        ("[u8; 2]", "bad.csv", b"n\n1\x00\n2\n", "at row 1"),
    ]
}
