"""
What the standard says of every built-in function and operator, case by case: the examples of its tables, and the edges
of their domains (DMN 1.5, 10.3.2 and 10.3.4).

Where it leaves something open, the case holds what ``docs/feel.md`` says was chosen.
"""

# ruff: noqa: E501  the table below is one case per line

from __future__ import annotations

import pytest

from throughline.flow.feel.tests.evaluating import text_of

CASES = r"""
date("2012-12-25") - date("2012-12-24") = duration("P1D") ==> true
date(date and time("2012-12-25T11:00:00Z")) = date("2012-12-25") ==> true
date(2012,12,25) = date("2012-12-25") ==> true
date and time("2012-12-24T23:59:00") = date and time(date("2012-12-24"), time("23:59:00")) ==> true
date and time("2012-12-24T23:59:00") + duration("PT1M") = date and time("2012-12-25T00:00:00") ==> true
time("23:59:00z") + duration("PT2M") = time("00:01:00@Etc/UTC") ==> true
time(date and time("2012-12-25T11:00:00Z")) = time("11:00:00Z") ==> true
time("23:59:00z") = time(23, 59, 0, duration("PT0H")) ==> true
number("1 000,0", " ", ",") = number("1,000.0", ",", ".") ==> true
string(1.1) ==> "1.1"
string(null) ==> null
date and time("2012-12-24T23:59:00") - date and time("2012-12-22T03:45:00") = duration("P2DT20H14M") ==> true
duration("P2Y2M") = duration("P26M") ==> true
years and months duration(date("2011-12-22"), date("2013-08-24")) = duration("P1Y8M") ==> true
years and months duration(date("2013-08-24"), date("2011-12-22")) ==> duration("-P1Y8M")
years and months duration(date("2015-02-28"), date("2015-03-27")) ==> duration("P0M")
years and months duration(date and time("2011-12-22T00:00:00"), date and time("2013-08-24T00:00:00")) ==> duration("P1Y8M")
substring("foobar",3) ==> "obar"
substring("foobar",3,3) ==> "oba"
substring("foobar", -2, 1) ==> "a"
substring("\U01F40Eab", 2) ==> "ab"
substring("foobar", 0) ==> null
substring("foobar", 7) ==> null
substring("foobar", -7) ==> null
substring("foobar", 1, 0) ==> null
substring("foobar", 1, 7) ==> null
substring("foobar", 3, -1) ==> null
substring("foobar", 1.5) ==> "foobar"
substring("foobar", 3, null) ==> "obar"
substring(null, 3) ==> null
string length("foo") ==> 3
string length("\U01F40Eab") ==> 3
string length("") ==> 0
upper case("aBc4") ==> "ABC4"
lower case("aBc4") ==> "abc4"
substring before("foobar", "bar") ==> "foo"
substring before("foobar", "xyz") ==> ""
substring before("foobar", "") ==> ""
substring after("foobar", "ob") ==> "ar"
substring after("", "a") ==> ""
substring after("foobar", "") ==> "foobar"
substring after("foobar", "xyz") ==> ""
replace("banana", "a", "o") ==> "bonono"
replace("abcd", "(ab)|(a)", "[1=$1][2=$2]") ==> "[1=ab][2=]cd"
replace("abracadabra", "bra", "*") ==> "a*cada*"
replace("abracadabra", "a.*a", "*") ==> "*"
replace("abracadabra", "a.*?a", "*") ==> "*c*bra"
replace("abracadabra", "a", "") ==> "brcdbr"
replace("abracadabra", "a(.)", "a$1$1") ==> "abbraccaddabbra"
replace("abracadabra", ".*?", "$1") ==> null
replace("AAAA", "A+", "b") ==> "b"
replace("AAAA", "A+?", "b") ==> "bbbb"
replace("darted", "^(.*?)d(.*)$", "$1c$2") ==> "carted"
replace("a", "a", "$") ==> null
replace("a", "a", "\\") ==> null
contains("foobar", "of") ==> false
contains("foobar", "") ==> true
starts with("foobar", "fo") ==> true
ends with("foobar", "r") ==> true
matches("foobar", "^fo*b") ==> true
matches("abracadabra", "bra") ==> true
matches("abracadabra", "^a.*a$") ==> true
matches("abracadabra", "^bra") ==> false
matches("Hello", "hello", "i") ==> true
matches("a b", "a b", "x") ==> false
matches("ab", "a b", "x") ==> true
matches("a", "[") ==> null
matches("a", "a", "z") ==> null
matches("a", null) ==> null
split("John Doe", "\\s") ==> ["John", "Doe"]
split("a;b;c;;", ";") ==> ["a", "b", "c", "", ""]
string join(["a","b","c"], "_and_") ==> "a_and_b_and_c"
string join(["a","b","c"], "") ==> "abc"
string join(["a","b","c"], null) ==> "abc"
string join(["a"], "X") ==> "a"
string join(["a",null,"c"], "X") ==> "aXc"
string join([], "X") ==> ""
string join(["a","b","c"]) ==> "abc"
string join([]) ==> ""
string join(["a", 1]) ==> null
string join("a") ==> "a"
string join(null) ==> null
list contains([1,2,3], 2) ==> true
list contains([1,null], null) ==> true
list contains(null, 1) ==> null
count([1,2,3]) ==> 3
count([]) ==> 0
count([1,[2,3]]) ==> 2
count(null) ==> null
count(1) ==> 1
min([1,2,3]) ==> 1
max(1,2,3) ==> 3
min(1) = min([1]) ==> true
max([]) ==> null
min([]) ==> null
min("a","b") ==> "a"
max([date("2024-01-01"), date("2025-01-01")]) ==> date("2025-01-01")
min([1, "a"]) ==> null
min([1, null]) ==> null
sum([1,2,3]) ==> 6
sum(1,2,3) ==> 6
sum(1) ==> 1
sum([]) ==> null
sum([1, "a"]) ==> null
sum([1, null]) ==> null
mean([1,2,3]) ==> 2
mean(1,2,3) ==> 2
mean(1) ==> 1
mean([]) ==> null
all([false,null,true]) ==> false
all(true) = all([true]) ==> true
all([]) ==> true
all(0) ==> null
all([true, null]) ==> null
all(null) ==> null
any([false,null,true]) ==> true
any(false) ==> false
any([]) ==> false
any(0) ==> null
any([false, null]) ==> null
sublist([4,5,6], 1, 2) ==> [4, 5]
sublist([4,5,6], -2) ==> [5, 6]
sublist([4,5,6], 0) ==> null
sublist([4,5,6], 4) ==> null
sublist([4,5,6], 2, 3) ==> null
sublist([4,5,6], -1, 1) ==> [6]
append([1], 2, 3) ==> [1, 2, 3]
append([1], null) ==> [1, null]
append(1, 2) ==> [1, 2]
concatenate([1,2],[3]) ==> [1, 2, 3]
concatenate([1],[2],[3,[4]]) ==> [1, 2, 3, [4]]
insert before([1,3], 1, 2) ==> [2, 1, 3]
insert before([1,3], -1, 2) ==> [1, 2, 3]
insert before([1,3], 3, 2) ==> null
insert before([1,3], 0, 2) ==> null
remove([1,2,3], 2) ==> [1, 3]
remove([1,2,3], -1) ==> [1, 2]
remove([1,2,3], 4) ==> null
list replace([2,4,7,8], 3, 6) ==> [2, 4, 6, 8]
list replace([2,4,7,8], function(item, newItem) item < newItem, 5) ==> [5, 5, 7, 8]
list replace([2,4,7,8], -1, 6) ==> [2, 4, 7, 6]
list replace([2,4,7,8], 0, 6) ==> null
reverse([1,2,3]) ==> [3, 2, 1]
index of([1,2,3,2], 2) ==> [2, 4]
index of([1,null], null) ==> [2]
index of([], 1) ==> []
union([1,2],[2,3]) ==> [1, 2, 3]
distinct values([1,2,3,2,1]) ==> [1, 2, 3]
distinct values([1, 1.0, "1", null, null]) ==> [1, "1", null]
flatten([[1,2],[[3]], 4]) ==> [1, 2, 3, 4]
product([2,3,4]) ==> 24
product([]) ==> null
product(2,3,4) ==> 24
median(8,2,5,3,4) ==> 4
median([6,1,2,3]) ==> 2.5
median([]) ==> null
stddev(2,4,7,5) ==> 2.081665999466132735282297706979931
stddev([47]) ==> null
stddev(47) ==> null
stddev([]) ==> null
mode(6,3,9,6,6) ==> [6]
mode([6,1,9,6,1]) ==> [1, 6]
mode([]) ==> []
decimal(1/3, 2) ==> 0.33
decimal(1.5, 0) ==> 2
decimal(2.5, 0) ==> 2
decimal(1, 6177) ==> null
decimal(1, -6112) ==> null
floor(1.5) ==> 1
floor(-1.56, 1) ==> -1.6
floor(1, null) ==> null
ceiling(1.5) ==> 2
ceiling(-1.56, 1) ==> -1.5
round up(5.5, 0) ==> 6
round up(-5.5, 0) ==> -6
round up(1.121, 2) ==> 1.13
round up(-1.126, 2) ==> -1.13
round down(5.5, 0) ==> 5
round down(-5.5, 0) ==> -5
round down(1.121, 2) ==> 1.12
round down(-1.126, 2) ==> -1.12
round half up(5.5, 0) ==> 6
round half up(-5.5, 0) ==> -6
round half up(1.121, 2) ==> 1.12
round half up(-1.126, 2) ==> -1.13
round half down(5.5, 0) ==> 5
round half down(-5.5, 0) ==> -5
round half down(1.121, 2) ==> 1.12
round half down(-1.126, 2) ==> -1.13
abs(10) ==> 10
abs(-10) ==> 10
abs(@"PT5H") = @"PT5H" ==> true
abs(@"-PT5H") = @"PT5H" ==> true
abs("a") ==> null
modulo(12,5) ==> 2
modulo(-12,5) ==> 3
modulo(12,-5) ==> -3
modulo(-12,-5) ==> -2
modulo(10.1, 4.5) ==> 1.1
modulo(-10.1, 4.5) ==> 3.4
modulo(10.1, -4.5) ==> -3.4
modulo(-10.1, -4.5) ==> -1.1
modulo(1, 0) ==> null
sqrt(16) ==> 4
sqrt(-1) ==> null
log(10) > 2.30258509299 ==> true
log(0) ==> null
exp(5) > 148.413159102576 ==> true
odd(5) ==> true
odd(2) ==> false
odd(1.5) ==> null
even(5) ==> false
even(2) ==> true
is(date("2012-12-25"), time("23:00:50")) ==> false
is(date("2012-12-25"), date("2012-12-25")) ==> true
is(time("23:00:50z"), time("23:00:50")) ==> false
is(time("23:00:50z"), time("23:00:50+00:00")) ==> true
is(null, null) ==> true
before(1, 10) ==> true
before(10, 1) ==> false
before(1, [1..10]) ==> false
before(1, (1..10]) ==> true
before(1, [5..10]) ==> true
before([1..10], 10) ==> false
before([1..10), 10) ==> true
before([1..10], 15) ==> true
before([1..10], [15..20]) ==> true
before([1..10], [10..20]) ==> false
before([1..10), [10..20]) ==> true
before([1..10], (10..20]) ==> true
after(10, 5) ==> true
after(12, [1..10]) ==> true
after(10, [1..10)) ==> true
after(10, [1..10]) ==> false
after([11..20], 12) ==> false
after([11..20], 10) ==> true
after((11..20], 11) ==> true
after([11..20], 11) ==> false
after([11..20], [1..10]) ==> true
after([1..10], [11..20]) ==> false
after([11..20], [1..11)) ==> true
after((11..20], [1..11]) ==> true
meets([1..5], [5..10]) ==> true
meets([1..5), [5..10]) ==> false
meets([1..5], (5..10]) ==> false
meets([1..5], [6..10]) ==> false
met by([5..10], [1..5]) ==> true
met by([5..10], [1..5)) ==> false
met by((5..10], [1..5]) ==> false
met by([6..10], [1..5]) ==> false
overlaps([1..5], [3..8]) ==> true
overlaps([3..8], [1..5]) ==> true
overlaps([1..8], [3..5]) ==> true
overlaps([1..5], [6..8]) ==> false
overlaps([1..5], [5..8]) ==> true
overlaps([1..5], (5..8]) ==> false
overlaps([1..5), [5..8]) ==> false
overlaps([5..8], [1..5]) ==> true
overlaps((5..8], [1..5]) ==> false
overlaps((5..8], [1..5)) ==> false
overlaps before([1..5], [3..8]) ==> true
overlaps before([1..5], [6..8]) ==> false
overlaps before([1..5], [5..8]) ==> true
overlaps before([1..5], (5..8]) ==> false
overlaps before([1..5), [5..8]) ==> false
overlaps before([1..5), (1..5]) ==> true
overlaps before([1..5], (1..5]) ==> true
overlaps before([1..5), [1..5]) ==> false
overlaps before([1..5], [1..5]) ==> false
overlaps after([3..8], [1..5]) ==> true
overlaps after([6..8], [1..5]) ==> false
overlaps after([5..8], [1..5]) ==> true
overlaps after((5..8], [1..5]) ==> false
overlaps after([5..8], [1..5)) ==> false
overlaps after((1..5], [1..5)) ==> true
overlaps after((1..5], [1..5]) ==> true
overlaps after([1..5], [1..5)) ==> false
overlaps after([1..5], [1..5]) ==> false
finishes(10, [1..10]) ==> true
finishes(10, [1..10)) ==> false
finishes([5..10], [1..10]) ==> true
finishes([5..10), [1..10]) ==> false
finishes([5..10), [1..10)) ==> true
finishes([1..10], [1..10]) ==> true
finishes((1..10], [1..10]) ==> true
finished by([1..10], 10) ==> true
finished by([1..10), 10) ==> false
finished by([1..10], [5..10]) ==> true
finished by([1..10], [5..10)) ==> false
finished by([1..10), [5..10)) ==> true
finished by([1..10], (1..10]) ==> true
includes([1..10], 5) ==> true
includes([1..10], 12) ==> false
includes((1..10], 1) ==> false
includes([1..10), 10) ==> false
includes([1..10], [4..6]) ==> true
includes((1..10], (1..5]) ==> true
includes([1..10], (1..10)) ==> true
includes([1..10), [5..10)) ==> true
during(5, [1..10]) ==> true
during(12, [1..10]) ==> false
during(1, (1..10]) ==> false
during(10, [1..10)) ==> false
during([4..6], [1..10]) ==> true
during((1..10), [1..10]) ==> true
during([1..10), [1..10]) ==> true
starts(1, [1..10]) ==> true
starts(1, (1..10]) ==> false
starts(2, [1..10]) ==> false
starts([1..5], [1..10]) ==> true
starts((1..5], (1..10]) ==> true
starts((1..5], [1..10]) ==> false
starts([1..5], (1..10]) ==> false
starts([1..10), [1..10]) ==> true
started by([1..10], 1) ==> true
started by((1..10], 1) ==> false
started by([1..10], [1..5]) ==> true
started by([1..10], (1..5]) ==> false
started by([1..10], [1..10)) ==> true
coincides(5, 5) ==> true
coincides(3, 4) ==> false
coincides([1..5], [1..5]) ==> true
coincides((1..5), [1..5]) ==> false
coincides([1..5], [2..6]) ==> false
before(null, 1) ==> null
before(1, "a") ==> null
includes([1..10], null) ==> null
during(1, 5) ==> null
day of year(date(2019, 9, 17)) ==> 260
day of week(date(2019, 9, 17)) ==> "Tuesday"
month of year(date(2019, 9, 17)) ==> "September"
week of year(date(2019, 9, 17)) ==> 38
week of year(date(2003, 12, 29)) ==> 1
week of year(date(2004, 1, 4)) ==> 1
week of year(date(2005, 1, 1)) ==> 53
week of year(date(2005, 1, 3)) ==> 1
week of year(date(2005, 1, 9)) ==> 1
day of week(date and time("2019-09-17T10:00:00")) ==> "Tuesday"
day of week("2019-09-17") ==> null
sort(list: [3,1,4,5,2], precedes: function(x,y) x < y) ==> [1, 2, 3, 4, 5]
sort([3,1,2], function(x,y) x > y) ==> [3, 2, 1]
sort([]) ==> []
sort(null) ==> null
get value({key1 : "value1"}, "key1") ==> "value1"
get value({key1 : "value1"}, "unexistent-key") ==> null
get entries({key1 : "value1", key2 : "value2"}) ==> [{key: "key1", value: "value1"}, {key: "key2", value: "value2"}]
get entries({key1: "value1"})[key="key1"].value ==> ["value1"]
get entries(null) ==> null
context([{key:"a", value:1}, {key:"b", value:2}]) ==> {a: 1, b: 2}
context([{key:"a", value:1}, {key:"b", value:2, something: "else"}]) ==> {a: 1, b: 2}
context([{key:"a", value:1}, {key:"b"}]) ==> null
context([]) ==> {}
context(null) ==> null
context([{key:"a", value:1}, {key:"a", value:2}]) ==> null
context put({x:1}, "y", 2) ==> {x: 1, y: 2}
context put({x:1, y:0}, "y", 2) ==> {x: 1, y: 2}
context put({x:1, y:0, z:0}, "y", 2) ==> {x: 1, y: 2, z: 0}
context put({x:1}, ["y"], 2) ==> {x: 1, y: 2}
context put({x:1, y: {a: 0}}, ["y", "a"], 2) ==> {x: 1, y: {a: 2}}
context put({x:1, y: {a: 0}}, [], 2) ==> null
context put({x:1}, null, 2) ==> null
context merge([{x:1}, {y:2}]) ==> {x: 1, y: 2}
context merge([{x:1, y:0}, {y:2}]) ==> {x: 1, y: 2}
context merge([]) ==> {}
context merge({x: 1}) ==> {x: 1}
now() instance of date and time ==> true
today() instance of date ==> true
not(true) ==> false
not(null) ==> null
not(1) ==> null
[{a: {b: [1]}}, {a: {b: [2.1, 2.2]}}, {a: {b: [3]}}, {a: {b: [4, 5]}}].a.b ==> [[1], [2.1, 2.2], [3], [4, 5]]
[{x:1, y:2}, {x:2, y:3}][x=1] ==> [{x: 1, y: 2}]
[{x:1, y:2}, {x:null, y:3}][x < 2] ==> [{x: 1, y: 2}]
[{x:1, y:2}, {x:2}].y ==> [2, null]
contains(["foobar"], "of") ==> false
3[item > 2] ==> [3]
duration("P0DT25H") = duration("P1DT1H") ==> true
@"P1DT1H".hours ==> 1
@"P13M".years ==> 1
@"P13M".months ==> 1
@"P1D".years ==> null
@"P1Y".days ==> null
date("2024-03-01").weekday ==> 5
time("10:00:00").time offset ==> null
time("10:00:00+01:00").time offset ==> duration("PT1H")
time("10:00:00@Europe/Paris").timezone ==> "Europe/Paris"
date and time("2024-07-01T10:00:00@Europe/Paris").time offset ==> duration("PT2H")
date("2024-03-01").hour ==> null
date("2024-01-31") + duration("P1M") ==> date("2024-02-29")
date("2024-01-31") - duration("P1M") ==> date("2023-12-31")
date("2024-02-29") + duration("P1Y") ==> date("2025-02-28")
duration("P1M") + date("2024-01-31") ==> date("2024-02-29")
duration("P1M") - date("2024-01-31") ==> null
date("2024-01-01") + duration("PT36H") ==> date("2024-01-02")
date("2024-01-01") - duration("PT1H") ==> date("2023-12-31")
date("2024-01-02") - date and time("2024-01-01T00:00:00Z") ==> duration("P1D")
date("2024-01-02") - date and time("2024-01-01T00:00:00") ==> null
date and time("2024-01-01T00:00:00Z") - date and time("2024-01-01T00:00:00") ==> null
time("10:00:00") - time("09:00:00") ==> duration("PT1H")
time("23:00:00") + duration("PT2H") ==> time("01:00:00")
duration("P1Y") + duration("P1D") ==> null
duration("P1Y") * 1.5 ==> duration("P1Y6M")
duration("P1D") / duration("PT6H") ==> 4
duration("P1Y") / duration("P1M") ==> 12
duration("P1D") / 2 ==> duration("PT12H")
2 / duration("P1D") ==> null
duration("P1D") / 0 ==> null
-duration("P1D") ==> duration("-P1D")
"a" + "b" ==> "ab"
"a" + 1 ==> null
"a" - "b" ==> null
true + 1 ==> null
null + 1 ==> null
date("2024-01-01") + 1 ==> null
1 < "a" ==> null
"a" < "b" ==> true
true < false ==> null
[1] < [2] ==> null
date("2024-01-01") < date and time("2024-01-02T00:00:00") ==> null
date("2024-01-01") = date and time("2024-01-01T00:00:00Z") ==> null
time("10:00:00Z") < time("10:00:00+01:00") ==> false
date and time("2024-01-01T10:00:00") = date and time("2024-01-01T10:00:00Z") ==> true
1 = 1.0 ==> true
[1,2] = [1,2] ==> true
[1,2] = [2,1] ==> false
{a:1,b:2} = {b:2,a:1} ==> true
[1..2] = [1..2] ==> true
[1..2] = [1..2) ==> false
(<2) = (<2) ==> true
(<= 10).end ==> 10
(<= 10).start ==> null
(<= 10).start included ==> false
(<= 10).end included ==> true
(> 1).end included ==> false
(> 1).start ==> 1
1 in (<= 10) ==> true
1 in [1..10] and 1 in (0..10) ==> true
null between 1 and 2 ==> null
1 between null and 2 ==> null
5 between 1 and null ==> null
0 between 1 and null ==> null
null in [1,null] ==> true
(function(x, y) x + y)(1, 2) ==> 3
(function(x, y) x + y)(1) ==> null
(function(x, y) y)(x: 1) ==> null
(function(x: string) x)(1) ==> null
(function(x: list<number>) x)(1) ==> [1]
(function(x: date and time) x)(date("2024-01-01")) ==> date and time("2024-01-01T00:00:00Z")
{f: function(x) g, g: 1, r: f(1)}.r ==> null
for i in 50..48 return i ==> [50, 49, 48]
for i in @"2021-01-03"..@"2021-01-01" return i ==> [date("2021-01-03"), date("2021-01-02"), date("2021-01-01")]
for i in 1.5..3 return i ==> null
for i in "a".."c" return i ==> null
for i in null return i ==> null
for i in 5 return i ==> null
for i in [1..3] return i ==> [1, 2, 3]
some i in null satisfies true ==> null
every i in null satisfies true ==> null
some i in [1, null] satisfies i = 1 ==> true
some i in [null] satisfies i > 1 ==> null
every i in [1, null] satisfies i > 0 ==> null
every i in [0, null] satisfies i > 0 ==> false
if "x" then 1 else 2 ==> 2
[1,2,3][0] ==> null
[1,2,3][-3] ==> 1
[1,2,3][-4] ==> null
[1,2,3][1.5] ==> null
[1,2,3]["a"] ==> []
[1,2,3][null] ==> []
[][1] ==> null
null[1] ==> null
null[true] ==> null
[1,2,3][true] ==> [1, 2, 3]
[1,2,3][false] ==> []
[1, 2, null][item = null] ==> [null]
{a: 1}.b ==> null
null.a ==> null
1.a ==> null
"a".b ==> null
{a: 1, b: a + 1}.b ==> 2
{b: a + 1, a: 1}.b ==> null
1 instance of Any ==> true
null instance of Any ==> false
null instance of Null ==> true
"abc" instance of string ==> true
123 instance of list ==> null
[123] instance of list<number> ==> true
[123, "a"] instance of list<number> ==> false
[123, "a"] instance of list<Any> ==> true
{a: 1} instance of context<a: number> ==> true
{a: 1} instance of context<a: string> ==> false
{a: 1} instance of context<b: number> ==> false
[1..2] instance of range<number> ==> true
["a".."b"] instance of range<number> ==> false
(function(x: number) x) instance of function<number> -> number ==> true
@"P1D" instance of days and time duration ==> true
@"P1Y" instance of days and time duration ==> false
date("2024-01-01") instance of date and time ==> false
1 instance of unknown ==> null
number("1,000.5", ",", ".") ==> 1000.5
number("1.000,5", ".", ",") ==> 1000.5
number("1 000", " ", null) ==> 1000
number("1000", null, null) ==> 1000
number("1000", ",", ",") ==> null
number("1000", "x", ".") ==> null
number("abc", null, null) ==> null
number("-1.5", null, ".") ==> -1.5
number("1e3", null, null) ==> 1000
number(null, null, null) ==> null
number("5") ==> 5
time(10, 0, 0) ==> time("10:00:00")
time(25, 0, 0) ==> null
time(10, 0, 60) ==> null
time(10, 0, 0.5) ==> time("10:00:00.5")
time(10, 0, 0, duration("PT15H")) ==> time("10:00:00+15:00")
time("24:00:00") ==> time("00:00:00")
time("10:00") ==> null
time("T10:00:00") ==> null
date("2024-2-1") ==> null
date("2024-02-30") ==> null
date("-2024-02-01").year ==> -2024
date("99999-01-01").year ==> 99999
date("0000-01-01").year ==> 0
date("2024-01-01Z") ==> null
date and time("2024-01-01") ==> date and time("2024-01-01T00:00:00")
date and time("2024-01-01T24:00:00") ==> date and time("2024-01-02T00:00:00")
date and time("2024-01-01T10:00:00+15:00") ==> date and time("2024-01-01T10:00:00+15:00")
date and time(date("2024-01-01"), time("10:00:00+01:00")) ==> date and time("2024-01-01T10:00:00+01:00")
duration("P1Y1D") ==> null
duration("P") ==> null
duration("PT") ==> null
duration("P1DT") ==> null
duration("PT1.5S").seconds ==> 1.5
duration("P1.5D") ==> null
duration("-PT1H") ==> duration("-PT1H")
string(date("2024-01-01")) ==> "2024-01-01"
string(time("10:00:00Z")) ==> "10:00:00Z"
string(duration("P1DT2H")) ==> "P1DT2H"
string(duration("P1Y2M")) ==> "P1Y2M"
string([1, "a"]) ==> "[1, \"a\"]"
string({a: 1}) ==> "{a: 1}"
string(true) ==> "true"
string("a") ==> "a"
string(1.50) ==> "1.5"
"""


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_it_is_as_the_standard_says(case: str) -> None:
    text, value = case.split(" ==> ")

    assert text_of(text) == value
