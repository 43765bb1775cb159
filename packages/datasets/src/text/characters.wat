;; Counts the characters of a text in UTF-8 and marks each that is in it.
;;
;; Memory: from 0 a byte for each code point, 1 where it was met; at 0x110000 the ASCII characters that were met, as 16 bytes
;; by their lower 4 bits, of which bit n stands for the higher bits n; from 0x120000 room for 1 MiB of text.
;;
;; Sixteen bytes at once are passed over where all are ASCII characters that were met before: two shuffles look them up
;; (Mula and Langdale, "Base64 encoding and decoding at almost the speed of a memory copy", 2019, use the same lookup).
(module
  (memory (export "memory") 34)

  ;; The text must be valid, without NUL in mind, and end with a whole character. Returns its characters.
  (func (export "count") (param $at i32) (param $bytes i32) (result i32)
    (local $end i32) (local $stop i32) (local $characters i32) (local $byte i32) (local $point i32) (local $place i32)
    (local $text v128)
    (local.set $end (i32.add (local.get $at) (local.get $bytes)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $stop (i32.add (local.get $at) (i32.const 16)))
        (if (i32.le_u (local.get $stop) (local.get $end))
          (then
            (local.set $text (v128.load (local.get $at)))
            (if (i8x16.all_true
                  (v128.and
                    (i8x16.swizzle
                      (v128.load (i32.const 0x110000))
                      (v128.and (local.get $text) (v128.const i8x16 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15)))
                    (i8x16.swizzle
                      (v128.const i8x16 1 2 4 8 16 32 64 128 0 0 0 0 0 0 0 0)
                      (i8x16.shr_u (local.get $text) (i32.const 4)))))
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
        (br $next)))
    (local.get $characters)))
