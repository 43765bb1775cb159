;; Counts the characters of a text in UTF-8 and marks each that is in it.
;;
;; Memory: from 0 a byte for each code point, 1 where it was met; at 0x110000 the ASCII characters that were met, as 16 bytes
;; by their lower 4 bits, of which bit n stands for the higher bits n; from 0x120000 room for 128 KiB of text.
;;
;; Bytes are passed over where all are ASCII characters that were met before: two shuffles look up sixteen (Mula and
;; Langdale, "Base64 encoding and decoding at almost the speed of a memory copy", 2019, use the same lookup). 64 are taken at
;; once, and where that fails, sixteen at once up to $narrow.
(module
  (memory (export "memory") 20)

  ;; The text must be valid, without NUL in mind, and end with a whole character. Returns its characters.
  (func (export "count") (param $at i32) (param $bytes i32) (result i32)
    (local $end i32) (local $stop i32) (local $characters i32) (local $byte i32) (local $point i32) (local $place i32)
    (local $narrow i32) (local $text v128) (local $seen v128) (local $low v128) (local $bits v128)
    (local.set $seen (v128.load (i32.const 0x110000)))
    (local.set $low (v128.const i8x16 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15))
    (local.set $bits (v128.const i8x16 1 2 4 8 16 32 64 128 0 0 0 0 0 0 0 0))
    (local.set $end (i32.add (local.get $at) (local.get $bytes)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (if
          (i32.and
            (i32.ge_u (local.get $at) (local.get $narrow))
            (i32.le_u (i32.add (local.get $at) (i32.const 64)) (local.get $end)))
          (then
            ;; the least of four lookups is 0 where any of them is
            (if (i8x16.all_true
                  (i8x16.min_u
                    (i8x16.min_u
                      (v128.and
                        (i8x16.swizzle (local.get $seen) (v128.and (local.tee $text (v128.load (local.get $at))) (local.get $low)))
                        (i8x16.swizzle (local.get $bits) (i8x16.shr_u (local.get $text) (i32.const 4))))
                      (v128.and
                        (i8x16.swizzle (local.get $seen) (v128.and (local.tee $text (v128.load offset=16 (local.get $at))) (local.get $low)))
                        (i8x16.swizzle (local.get $bits) (i8x16.shr_u (local.get $text) (i32.const 4)))))
                    (i8x16.min_u
                      (v128.and
                        (i8x16.swizzle (local.get $seen) (v128.and (local.tee $text (v128.load offset=32 (local.get $at))) (local.get $low)))
                        (i8x16.swizzle (local.get $bits) (i8x16.shr_u (local.get $text) (i32.const 4))))
                      (v128.and
                        (i8x16.swizzle (local.get $seen) (v128.and (local.tee $text (v128.load offset=48 (local.get $at))) (local.get $low)))
                        (i8x16.swizzle (local.get $bits) (i8x16.shr_u (local.get $text) (i32.const 4)))))))
              (then
                (local.set $at (i32.add (local.get $at) (i32.const 64)))
                (local.set $characters (i32.add (local.get $characters) (i32.const 64)))
                (br $next)))
            (local.set $narrow (i32.add (local.get $at) (i32.const 64)))))
        (local.set $stop (i32.add (local.get $at) (i32.const 16)))
        (if (i32.le_u (local.get $stop) (local.get $end))
          (then
            (if (i8x16.all_true
                  (v128.and
                    (i8x16.swizzle (local.get $seen) (v128.and (local.tee $text (v128.load (local.get $at))) (local.get $low)))
                    (i8x16.swizzle (local.get $bits) (i8x16.shr_u (local.get $text) (i32.const 4)))))
              (then
                (local.set $at (local.get $stop))
                (local.set $characters (i32.add (local.get $characters) (i32.const 16)))
                (br $next))))
          (else (local.set $stop (local.get $end))))
        ;; One character after the other, to the end of the sixteen bytes or a little beyond.
        (loop $one
          (local.set $byte (i32.load8_u (local.get $at)))
          (if (i32.lt_u (local.get $byte) (i32.const 0x80))
            (then
              (local.set $point (local.get $byte))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (local.set $place (i32.add (i32.const 0x110000) (i32.and (local.get $byte) (i32.const 15))))
              (if (i32.eqz (i32.load8_u (local.get $byte)))
                (then
                  (i32.store8 (local.get $place)
                    (i32.or
                      (i32.load8_u (local.get $place))
                      (i32.shl (i32.const 1) (i32.shr_u (local.get $byte) (i32.const 4))))))))
            (else
              (if (i32.lt_u (local.get $byte) (i32.const 0xe0))
                (then
                  (local.set $point (i32.and (local.get $byte) (i32.const 0x1f)))
                  (local.set $place (i32.const 2)))
                (else
                  (if (i32.lt_u (local.get $byte) (i32.const 0xf0))
                    (then
                      (local.set $point (i32.and (local.get $byte) (i32.const 0x0f)))
                      (local.set $place (i32.const 3)))
                    (else
                      (local.set $point (i32.and (local.get $byte) (i32.const 0x07)))
                      (local.set $place (i32.const 4))))))
              ;; $place counts the bytes that are left
              (loop $follow
                (local.set $at (i32.add (local.get $at) (i32.const 1)))
                (local.set $place (i32.sub (local.get $place) (i32.const 1)))
                (if (local.get $place)
                  (then
                    (local.set $point
                      (i32.or
                        (i32.shl (local.get $point) (i32.const 6))
                        (i32.and (i32.load8_u (local.get $at)) (i32.const 0x3f))))
                    (br $follow))))))
          (i32.store8 (local.get $point) (i32.const 1))
          (local.set $characters (i32.add (local.get $characters) (i32.const 1)))
          (br_if $one (i32.lt_u (local.get $at) (local.get $stop))))
        (local.set $seen (v128.load (i32.const 0x110000)))
        (br $next)))
    (local.get $characters)))
