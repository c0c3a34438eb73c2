# Biên nhận tệp đã gửi, và kiểm tra lại biên nhận
arrived-sheet = Các tệp đã nhận của bộ hồ sơ chuẩn bị { $code }
arrived-head = Đã nhận và đọc lại được mọi tệp của { $code }. Đây là bước kiểm tra trước, chưa phải là nộp hồ sơ.
arrived-answers = Đã nhận thông tin đã khai của { $code }, chưa có ảnh giấy tờ nào. Đây là bước kiểm tra trước, chưa phải là nộp hồ sơ.
arrived-paper = { $title }: { $pages } trang (dấu { $marks })
arrived-bring = { $title }: Ông/Bà sẽ mang theo
arrived-mark = Mã biên nhận: { $mark }
arrived-again = Kiểm tra lại bất cứ lúc nào: gõ "xác minh { $code }".
arrived-not = Có tệp của { $code } chưa đọc lại được sau khi nhận. Bộ hồ sơ chưa gửi đi; xin gõ "chuẩn bị hồ sơ" để gửi lại giấy còn thiếu.
verify-which = Xin gõ kèm mã, ví dụ: xác minh CB-261126-0001.
verify-good = Biên nhận { $code } là thật, lập lúc { $moment }. Mọi tệp vẫn còn nguyên như khi nhận.
verify-good-answers = Biên nhận { $code } là thật, lập lúc { $moment }. Lần gửi này chỉ có thông tin đã khai, không có ảnh giấy tờ.
verify-lost = Biên nhận { $code } là thật, nhưng không còn đọc lại được đúng tệp của: { $papers }. Thành thật xin lỗi Ông/Bà; xin gửi lại giấy này, hoặc gõ "gặp cán bộ".
verify-erased = Tệp đã được xóa theo thời hạn lưu, { $day }.
verify-changed = Biên nhận này không khớp với dấu niêm phong của cơ quan. Xin gõ "gặp cán bộ" để được kiểm tra.
verify-unknown = Chưa tìm thấy mã này. Xin kiểm tra lại mã trên biên nhận hoặc giấy tiếp nhận.
verify-chain-good = Hồ sơ { $code }: mọi lần cập nhật đều còn nguyên như khi ghi.
verify-chain-broken = Hồ sơ { $code }: có lần cập nhật không khớp với dấu niêm phong. Cơ quan đã được báo; xin gõ "gặp cán bộ".
