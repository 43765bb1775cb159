;; The operations that take the time, in float32. Each computes what the kernel of the same name of @tensorflow/tfjs-backend-wasm
;; computes, bit for bit, so that a model answers here as on the engine "wasm". Addresses are multiples of 16, and tensors have
;; room up to the next one: loops of four numbers may read and write there.
(module
  (memory (export "memory") 1)

  ;; y = a b of matrices [R,K] and [K,C]: for each number a sum from 0 over k in order, each product rounded before it is added.
  (func (export "multiply")
    (param $a i32) (param $b i32) (param $y i32) (param $R i32) (param $K i32) (param $C i32)
    (local $row i32) (local $k i32) (local $at i32) (local $from i32) (local $left i32) (local $wide v128) (local $one f32)
    (local.set $row (i32.shl (local.get $C) (i32.const 2)))
    (block $done
      (loop $rows
        (br_if $done (i32.eqz (local.get $R)))
        (memory.fill (local.get $y) (i32.const 0) (local.get $row))
        (local.set $from (local.get $b))
        (local.set $k (local.get $K))
        (block $summed
          (loop $terms
            (br_if $summed (i32.eqz (local.get $k)))
            (local.set $one (f32.load (local.get $a)))
            (local.set $wide (f32x4.splat (local.get $one)))
            (local.set $at (local.get $y))
            (local.set $left (local.get $C))
            (block $narrow
              (loop $four
                (br_if $narrow (i32.lt_u (local.get $left) (i32.const 4)))
                (v128.store (local.get $at)
                  (f32x4.add (v128.load (local.get $at)) (f32x4.mul (local.get $wide) (v128.load (local.get $from)))))
                (local.set $at (i32.add (local.get $at) (i32.const 16)))
                (local.set $from (i32.add (local.get $from) (i32.const 16)))
                (local.set $left (i32.sub (local.get $left) (i32.const 4)))
                (br $four)))
            (block $next
              (loop $last
                (br_if $next (i32.eqz (local.get $left)))
                (f32.store (local.get $at)
                  (f32.add (f32.load (local.get $at)) (f32.mul (local.get $one) (f32.load (local.get $from)))))
                (local.set $at (i32.add (local.get $at) (i32.const 4)))
                (local.set $from (i32.add (local.get $from) (i32.const 4)))
                (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                (br $last)))
            (local.set $a (i32.add (local.get $a) (i32.const 4)))
            (local.set $k (i32.sub (local.get $k) (i32.const 1)))
            (br $terms)))
        (local.set $y (i32.add (local.get $y) (local.get $row)))
        (local.set $R (i32.sub (local.get $R) (i32.const 1)))
        (br $rows))))

  ;; y = σ(x) of n numbers: with z = |x|, e = exp(-z) = 2ⁿ exp(t), n and t from z by two parts of ln 2 (Cody and Waite 1980),
  ;; exp(t) by a polynomial of degree 5; then e/(1+e), or 1 minus that where x > 0. XNNPACK: f32-sigmoid, rr2-p5.
  (func (export "sigmoid") (param $x i32) (param $y i32) (param $n i32)
    (local $end i32) (local $v v128) (local $z v128) (local $k v128) (local $s v128) (local $t v128) (local $p v128)
    (local $e v128)
    (local.set $end (i32.add (local.get $x) (i32.shl (local.get $n) (i32.const 2))))
    (block $done
      (loop $four
        (br_if $done (i32.ge_u (local.get $x) (local.get $end)))
        (local.set $v (v128.load (local.get $x)))
        (local.set $z (f32x4.abs (local.get $v)))
        (local.set $k
          (f32x4.add
            (f32x4.mul (local.get $z) (f32x4.splat (f32.const -0x1.715476p+0)))
            (f32x4.splat (f32.const 0x1.8000fep+23))))
        (local.set $s (i32x4.shl (local.get $k) (i32.const 23)))
        (local.set $k (f32x4.sub (local.get $k) (f32x4.splat (f32.const 0x1.8000fep+23))))
        (local.set $t
          (f32x4.add (f32x4.mul (local.get $k) (f32x4.splat (f32.const 0x1.62e4p-1))) (local.get $z)))
        (local.set $t
          (f32x4.add (f32x4.mul (local.get $k) (f32x4.splat (f32.const 0x1.7f7d1cp-20))) (local.get $t)))
        (local.set $p
          (f32x4.add
            (f32x4.mul (local.get $t) (f32x4.splat (f32.const -0x1.0f9f9cp-7)))
            (f32x4.splat (f32.const 0x1.573a1ap-5))))
        (local.set $p
          (f32x4.add (f32x4.mul (local.get $p) (local.get $t)) (f32x4.splat (f32.const -0x1.555a8p-3))))
        (local.set $p
          (f32x4.add (f32x4.mul (local.get $p) (local.get $t)) (f32x4.splat (f32.const 0x1.fffdc6p-2))))
        (local.set $p
          (f32x4.add (f32x4.mul (local.get $p) (local.get $t)) (f32x4.splat (f32.const -0x1.fffff6p-1))))
        (local.set $t (f32x4.mul (local.get $t) (local.get $s)))
        (local.set $e (f32x4.add (f32x4.mul (local.get $t) (local.get $p)) (local.get $s)))
        (local.set $e
          (f32x4.div (local.get $e) (f32x4.add (local.get $e) (f32x4.splat (f32.const 1)))))
        ;; Beyond it exp(-z) is below the normal numbers.
        (local.set $e
          (v128.andnot (local.get $e) (f32x4.gt (local.get $z) (f32x4.splat (f32.const 0x1.5d589ep+6)))))
        (v128.store (local.get $y)
          (v128.bitselect
            (local.get $e)
            (f32x4.sub (f32x4.splat (f32.const 1)) (local.get $e))
            (i32x4.shr_s (local.get $v) (i32.const 31))))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (local.set $y (i32.add (local.get $y) (i32.const 16)))
        (br $four))))

  ;; y = tanh(x) of n numbers, by expm1 of twice |x|, as musl's tanhf has it.
  (func (export "tanh") (param $x i32) (param $y i32) (param $n i32)
    (local $bits i32) (local $z f32) (local $t f32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $n)))
        (local.set $z (f32.abs (f32.load (local.get $x))))
        (local.set $bits (i32.reinterpret_f32 (local.get $z)))
        (if (i32.ge_u (local.get $bits) (i32.const 0x3f0c9f55)) ;; z ≥ ln(3)/2, or NaN
          (then
            (if (i32.ge_u (local.get $bits) (i32.const 0x41200001)) ;; z > 10
              (then (local.set $z (f32.add (f32.div (f32.const 0) (local.get $z)) (f32.const 1))))
              (else
                (local.set $t (call $expm1 (f32.add (local.get $z) (local.get $z))))
                (local.set $z
                  (f32.sub (f32.const 1) (f32.div (f32.const 2) (f32.add (local.get $t) (f32.const 2))))))))
          (else
            (if (i32.ge_u (local.get $bits) (i32.const 0x3e82c579)) ;; z ≥ ln(5/3)/2
              (then
                (local.set $t (call $expm1 (f32.add (local.get $z) (local.get $z))))
                (local.set $z (f32.div (local.get $t) (f32.add (local.get $t) (f32.const 2)))))
              (else
                (if (i32.ge_u (local.get $bits) (i32.const 0x00800000)) ;; a normal number; others stay
                  (then
                    (local.set $t (call $expm1 (f32.mul (local.get $z) (f32.const -2))))
                    (local.set $z
                      (f32.div (f32.neg (local.get $t)) (f32.add (local.get $t) (f32.const 2))))))))))
        (f32.store (local.get $y)
          (select
            (f32.neg (local.get $z))
            (local.get $z)
            (i32.lt_s (i32.load (local.get $x)) (i32.const 0))))
        (local.set $x (i32.add (local.get $x) (i32.const 4)))
        (local.set $y (i32.add (local.get $y) (i32.const 4)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next))))

  ;; exp(x) - 1 for |x| ≤ 20: x = k ln 2 + r with |r| ≤ ln(2)/2, a rational approximation of expm1(r), and its scaling by 2ᵏ
  ;; (Ng 1993). c is the error of r.
  (func $expm1 (param $x f32) (result f32)
    (local $bits i32) (local $k i32) (local $n f32) (local $c f32) (local $half f32) (local $square f32) (local $p f32)
    (local $e f32) (local $low f32) (local $power f32)
    (local.set $bits (i32.and (i32.reinterpret_f32 (local.get $x)) (i32.const 0x7fffffff)))
    (if (i32.lt_u (local.get $bits) (i32.const 0x33000000)) (then (return (local.get $x)))) ;; |x| < 2⁻²⁵
    (if (i32.ge_u (local.get $bits) (i32.const 0x3eb17219)) ;; |x| > ln(2)/2
      (then
        (if (i32.lt_u (local.get $bits) (i32.const 0x3f851592)) ;; |x| < 3/2 ln 2
          (then (local.set $k (select (i32.const 1) (i32.const -1) (i32.ge_s (i32.reinterpret_f32 (local.get $x)) (i32.const 0)))))
          (else
            (local.set $k
              (i32.trunc_f32_s
                (f32.add
                  (f32.mul (local.get $x) (f32.const 0x1.715476p+0))
                  (f32.copysign (f32.const 0.5) (local.get $x)))))))
        (local.set $n (f32.convert_i32_s (local.get $k)))
        (local.set $low (f32.mul (local.get $n) (f32.const 0x1.2fefa2p-17)))
        (local.set $half (f32.add (local.get $x) (f32.mul (local.get $n) (f32.const -0x1.62e3p-1))))
        (local.set $x (f32.sub (local.get $half) (local.get $low)))
        (local.set $c (f32.sub (f32.sub (local.get $half) (local.get $x)) (local.get $low)))))
    (local.set $half (f32.mul (local.get $x) (f32.const 0.5)))
    (local.set $square (f32.mul (local.get $x) (local.get $half)))
    (local.set $p
      (f32.add
        (f32.mul
          (local.get $square)
          (f32.add (f32.mul (local.get $square) (f32.const 0x1.9e602p-10)) (f32.const -0x1.1110dp-5)))
        (f32.const 1)))
    (local.set $n (f32.sub (f32.const 3) (f32.mul (local.get $p) (local.get $half))))
    (local.set $e
      (f32.mul
        (local.get $square)
        (f32.div (f32.sub (local.get $p) (local.get $n)) (f32.sub (f32.const 6) (f32.mul (local.get $x) (local.get $n))))))
    (if (i32.eqz (local.get $k))
      (then
        (return (f32.sub (local.get $x) (f32.sub (f32.mul (local.get $x) (local.get $e)) (local.get $square))))))
    (local.set $e
      (f32.sub
        (f32.sub (f32.mul (local.get $x) (f32.sub (local.get $e) (local.get $c))) (local.get $c))
        (local.get $square)))
    (if (i32.eq (local.get $k) (i32.const -1))
      (then (return (f32.add (f32.mul (f32.sub (local.get $x) (local.get $e)) (f32.const 0.5)) (f32.const -0.5)))))
    (if (i32.eq (local.get $k) (i32.const 1))
      (then
        (if (f32.lt (local.get $x) (f32.const -0.25))
          (then
            (return
              (f32.mul (f32.sub (local.get $e) (f32.add (local.get $x) (f32.const 0.5))) (f32.const -2)))))
        (local.set $p (f32.sub (local.get $x) (local.get $e)))
        (return (f32.add (f32.add (local.get $p) (local.get $p)) (f32.const 1)))))
    (local.set $power (f32.reinterpret_i32 (i32.add (i32.shl (local.get $k) (i32.const 23)) (i32.const 0x3f800000))))
    (if (i32.ge_u (local.get $k) (i32.const 57)) ;; k < 0: 2ᵏ(1+r) - 1, where 1 needs no care
      (then
        (return
          (f32.add
            (f32.mul (f32.add (f32.sub (local.get $x) (local.get $e)) (f32.const 1)) (local.get $power))
            (f32.const -1)))))
    (local.set $low (f32.reinterpret_i32 (i32.sub (i32.const 0x3f800000) (i32.shl (local.get $k) (i32.const 23)))))
    (f32.mul
      (if (result f32) (i32.le_u (local.get $k) (i32.const 22))
        (then (f32.add (f32.sub (f32.const 1) (local.get $low)) (f32.sub (local.get $x) (local.get $e))))
        (else
          (f32.add (f32.sub (local.get $x) (f32.add (local.get $e) (local.get $low))) (f32.const 1))))
      (local.get $power))))
